//! ONNX Runtime: one environment per process, one session per net and worker, input and output names checked.

use ort::environment::Environment;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use thiserror::Error;

/// The environment with the library it came from. ONNX Runtime allows one per process, and a second library cannot
/// be loaded beside the first.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// A net ready to run.
#[derive(Debug)]
pub struct Net {
    session: Session,
    outputs: Vec<String>,
}

/// What a net takes.
#[derive(Debug, Clone, Copy)]
pub enum NetInput<'a> {
    /// Numbers of 32 bits.
    Numbers(&'a [f32]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// Why ONNX Runtime could not do something.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The library is missing or too old.
    #[error("cannot load ONNX Runtime from {}; 'rasid runtime fetch' brings one", path.display())]
    Library {
        /// Where it was looked for.
        path: PathBuf,
        /// What the loader said.
        source: ort::LoadDynamicError,
    },
    /// There is nothing at the library's place, or it is something else.
    #[error("{} is no ONNX Runtime 1.x that this machine can load", path.display())]
    NoLibrary {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another library is already loaded.
    #[error("ONNX Runtime is already loaded from {}, a second one at {} is not possible in one process", loaded.display(), asked.display())]
    OtherLibrary {
        /// The loaded one.
        loaded: PathBuf,
        /// The one asked for.
        asked: PathBuf,
    },
    /// The net cannot be prepared.
    #[error("cannot prepare the net {net}")]
    Prepare {
        /// Which.
        net: String,
        /// What ONNX Runtime said.
        source: ort::Error,
    },
    /// The graph has other inputs or outputs than its contract says.
    #[error(
        "the net {net} has no {kind} named '{name}', or more than one input; contract and net belong to different exports"
    )]
    Name {
        /// Which.
        net: String,
        /// Input or output.
        kind: &'static str,
        /// The missing name.
        name: String,
    },
    /// A run failed.
    #[error("a net failed")]
    Run {
        /// What ONNX Runtime said.
        #[from]
        source: ort::Error,
    },
    /// A run gave something of another size than the contract says.
    #[error("output '{name}' has {got} values, expected {expected}")]
    Size {
        /// The output.
        name: String,
        /// By the contract.
        expected: usize,
        /// Given.
        got: usize,
    },
}

/// The least minor version of ONNX Runtime 1.x that this program works with.
pub const LIBRARY_VERSION_MIN: u32 = ort::MINOR_VERSION;

/// Returns the minor version of the ONNX Runtime 1.x at `path`, whether it is new enough or not. Loads the library, starts
/// nothing, and lets it go again.
///
/// # Errors
/// When there is none, or this machine cannot load it.
pub fn library_version(path: &Path) -> Result<u32, SessionError> {
    let no_library = || SessionError::NoLibrary { path: path.to_path_buf() };
    if !path.is_file() {
        return Err(no_library());
    }
    ort::util::probe(path).ok_or_else(no_library)
}

impl Net {
    /// Prepares a net from its bytes.
    ///
    /// # Errors
    /// When the library cannot be loaded, the bytes are no net, or its names are not those of the contract.
    pub fn prepare(
        library: &Path,
        net: &str,
        bytes: &[u8],
        threads: usize,
        (input, outputs): (&str, &[&str]),
    ) -> Result<Self, SessionError> {
        let environment = environment(library)?;
        let prepared = prepare_session(&environment, bytes, threads);
        let session = prepared.map_err(|source| SessionError::Prepare { net: net.to_owned(), source })?;
        let missing =
            |kind, name: &str| SessionError::Name { net: net.to_owned(), kind, name: name.to_owned() };
        // A run gives its one input by place, which costs no map of names.
        if session.inputs().len() != 1 || session.inputs()[0].name() != input {
            return Err(missing("input", input));
        }
        for output in outputs {
            if !session.outputs().iter().any(|outlet| outlet.name() == *output) {
                return Err(missing("output", output));
            }
        }
        let outputs = outputs.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self { session, outputs })
    }

    /// Runs the net on `values` of `shape` and hands the outputs, in the order of the contract, to `take`.
    ///
    /// # Errors
    /// When ONNX Runtime fails or an output has another length than `expected` says.
    pub fn run<T, const N: usize>(
        &mut self,
        shape: [usize; 4],
        values: &[f32],
        expected: &[usize; N],
        take: impl FnOnce(&[&[f32]]) -> T,
    ) -> Result<T, SessionError> {
        let given = self.session.run(ort::inputs![TensorRef::from_array_view((shape, values))?])?;
        let views: [&[f32]; N] = views(&given, &self.outputs)?;
        for ((name, view), expected) in self.outputs.iter().zip(views).zip(expected) {
            if view.len() != *expected {
                return Err(SessionError::Size { name: name.clone(), expected: *expected, got: view.len() });
            }
        }
        Ok(take(&views))
    }

    /// As [`Net::run`] for a net without a contract, whose input may be bytes and whose outputs may have any length:
    /// the benches run the nets of others with the options of ours.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn run_any<T, const N: usize>(
        &mut self,
        shape: [usize; 4],
        input: NetInput<'_>,
        take: impl FnOnce([&[f32]; N]) -> T,
    ) -> Result<T, SessionError> {
        let given = match input {
            NetInput::Numbers(values) => {
                self.session.run(ort::inputs![TensorRef::from_array_view((shape, values))?])?
            }
            NetInput::Bytes(values) => {
                self.session.run(ort::inputs![TensorRef::from_array_view((shape, values))?])?
            }
        };
        Ok(take(views(&given, &self.outputs)?))
    }
}

/// The first `N` outputs in the order of their names, on the stack.
fn views<'given, const N: usize>(
    given: &'given SessionOutputs<'_>,
    names: &[String],
) -> Result<[&'given [f32]; N], SessionError> {
    let mut views: [&[f32]; N] = [&[]; N];
    for (view, name) in views.iter_mut().zip(names) {
        *view = given[name.as_str()].try_extract_tensor::<f32>()?.1;
    }
    Ok(views)
}

fn environment(library: &Path) -> Result<Environment, SessionError> {
    let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((path, environment)) = loaded.as_ref() {
        return if path == library {
            Ok(environment.clone())
        } else {
            Err(SessionError::OtherLibrary { loaded: path.clone(), asked: library.to_path_buf() })
        };
    }
    let builder = ort::init_from(library)
        .map_err(|source| SessionError::Library { path: library.to_path_buf(), source })?;
    let environment = builder.with_telemetry(false).build()?;
    *loaded = Some((library.to_path_buf(), environment.clone()));
    Ok(environment)
}

fn prepare_session(environment: &Environment, bytes: &[u8], threads: usize) -> ort::Result<Session> {
    // Spinning threads would take the other workers' cores while they wait.
    Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_deterministic_compute(true)?
        .commit_from_memory(bytes)
}
