//! The messages of an ONNX file that a graph with stored weights needs (fields as in `onnx.proto`, IR version 8).

/// Element type of tensors of 32-bit numbers.
pub const FLOAT: i32 = 1;
/// Element type of tensors of bytes.
pub const BYTE: i32 = 2;
/// Element type of tensors of 64-bit whole numbers.
pub const LONG: i32 = 7;

/// The whole file.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Model {
    /// Version of the format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The net.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// Which operators there are.
    #[prost(message, repeated, tag = "8")]
    pub operators: Vec<OperatorSet>,
}

/// A version of the operators.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OperatorSet {
    /// Empty for ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// Nodes in an order in which they can be run.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Graph {
    /// Operations.
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<Node>,
    /// Name of the net.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Weights and other constants.
    #[prost(message, repeated, tag = "5")]
    pub weights: Vec<Weight>,
    /// What goes in.
    #[prost(message, repeated, tag = "11")]
    pub inputs: Vec<Outlet>,
    /// What comes out.
    #[prost(message, repeated, tag = "12")]
    pub outputs: Vec<Outlet>,
}

/// One operation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Node {
    /// Names of tensors.
    #[prost(string, repeated, tag = "1")]
    pub inputs: Vec<String>,
    /// Names of tensors.
    #[prost(string, repeated, tag = "2")]
    pub outputs: Vec<String>,
    /// Its own name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Which operation.
    #[prost(string, tag = "4")]
    pub operator: String,
    /// How.
    #[prost(message, repeated, tag = "5")]
    pub attributes: Vec<Attribute>,
}

/// How an operation is done; one of the values.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Attribute {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A whole number.
    #[prost(int64, tag = "3")]
    pub number: i64,
    /// A text.
    #[prost(bytes = "vec", tag = "4")]
    pub text: Vec<u8>,
    /// Whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub numbers: Vec<i64>,
    /// Which of them: 2, 3 or 7.
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// A stored tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Weight {
    /// Shape.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub shape: Vec<i64>,
    /// Element type.
    #[prost(int32, tag = "2")]
    pub element: i32,
    /// Name.
    #[prost(string, tag = "8")]
    pub name: String,
    /// Elements, little-endian.
    #[prost(bytes = "vec", tag = "9")]
    pub bytes: Vec<u8>,
}

/// An input or output.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Outlet {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Type.
    #[prost(message, optional, tag = "2")]
    pub kind: Option<Kind>,
}

/// A type; only tensors here.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Kind {
    /// The tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor: Option<TensorKind>,
}

/// Elements and shape.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorKind {
    /// Element type.
    #[prost(int32, tag = "1")]
    pub element: i32,
    /// Shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// A shape.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Shape {
    /// Sides from the outermost in.
    #[prost(message, repeated, tag = "1")]
    pub sides: Vec<Side>,
}

/// A side, known or named.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Side {
    /// Known when the net is built.
    #[prost(int64, optional, tag = "1")]
    pub value: Option<i64>,
    /// Known only when it has run.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
}

impl Attribute {
    /// A whole number.
    #[must_use]
    pub fn number(name: &str, number: i64) -> Self {
        Self { name: name.to_owned(), number, kind: 2, ..Self::default() }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.as_bytes().to_vec(), kind: 3, ..Self::default() }
    }

    /// Whole numbers.
    #[must_use]
    pub fn numbers(name: &str, numbers: &[i64]) -> Self {
        Self { name: name.to_owned(), numbers: numbers.to_vec(), kind: 7, ..Self::default() }
    }
}

impl Outlet {
    /// A tensor; a side of `None` is known only when the net has run.
    #[must_use]
    pub fn tensor(name: &str, element: i32, sides: &[Option<usize>]) -> Self {
        let side = |side: &Option<usize>| match side {
            Some(value) => Side { value: Some(signed(*value)), name: None },
            None => Side { value: None, name: Some("rows".to_owned()) },
        };
        let shape = Shape { sides: sides.iter().map(side).collect() };
        let tensor = TensorKind { element, shape: Some(shape) };
        Self { name: name.to_owned(), kind: Some(Kind { tensor: Some(tensor) }) }
    }
}

/// ONNX counts with signed numbers.
#[must_use]
pub fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
