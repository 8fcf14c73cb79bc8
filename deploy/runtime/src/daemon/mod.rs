//! A service as a child process: started on a port that is still free, ready, killed, started again.

use crate::children::{self, ADDRESS_IN_USE, Child, ChildSpec};
use crate::error::RuntimeError;
use crate::ports;
use crate::wait;
use rustix::process::Signal;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Between the choice of a port and its use another process may take it: so often another one is tried.
const PORT_ATTEMPTS: usize = 5;
/// A start after kill -9 on the same port may meet what the kernel has not yet cleared away.
const SAME_PORT_ATTEMPTS: usize = 3;
/// How long a service may take to its first connection. Two seconds are usual; beside a build on two cores it
/// can be many times that.
const READY_LIMIT: Duration = Duration::from_secs(120);
/// How long one connection attempt to loopback may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// How long a clean stop may take before the service is killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What differs between the services.
pub(crate) trait Service {
    /// What messages call it.
    const NAME: &'static str;
    /// The text in its log that says it serves.
    const READY: &'static str;
    /// The signal for a clean stop that does not wait for clients.
    const STOP_SIGNAL: Signal;
    /// Makes the data folder if it is new.
    fn prepare(&self) -> Result<(), RuntimeError>;
    /// The command that runs it on these ports.
    fn command(&self, ports: Ports) -> Result<ChildSpec, RuntimeError>;
}

/// The ports a service listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    /// For clients.
    pub(crate) clients: u16,
    /// For the service itself (Kafka's controller).
    pub(crate) internal: u16,
}

impl Ports {
    pub(crate) fn choose() -> Result<Self, RuntimeError> {
        let clients = ports::free()?;
        loop {
            let internal = ports::free()?;
            if internal != clients {
                return Ok(Self { clients, internal });
            }
        }
    }
}

/// One service and its process, if it runs.
#[derive(Debug)]
pub(crate) struct Daemon<S> {
    service: S,
    ports: Ports,
    /// Clients may have been told the ports: from then on they stay.
    is_fixed: bool,
    child: Option<Child>,
}

impl<S: Service> Daemon<S> {
    pub(crate) fn new(service: S, ports: Ports) -> Self {
        Self { service, ports, is_fixed: false, child: None }
    }

    /// The address for clients.
    pub(crate) fn port(&self) -> u16 {
        self.ports.clients
    }

    /// The service's settings.
    pub(crate) fn service(&self) -> &S {
        &self.service
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// From here on a start uses these ports or fails.
    pub(crate) fn fix_ports(&mut self) {
        self.is_fixed = true;
    }

    /// Starts it and waits until it accepts connections. Does nothing when it runs already.
    pub(crate) fn start(&mut self) -> Result<(), RuntimeError> {
        if self.is_running()? {
            return Ok(());
        }
        self.service.prepare()?;
        let attempts = if self.is_fixed { SAME_PORT_ATTEMPTS } else { PORT_ATTEMPTS };
        for attempt in 1.. {
            match self.start_once() {
                Ok(child) => {
                    self.child = Some(child);
                    self.is_fixed = true;
                    break;
                }
                Err(error) if attempt < attempts && is_port_taken(&error) => {
                    tracing::info!(
                        service = S::NAME,
                        port = self.ports.clients,
                        "the port was taken in between"
                    );
                    if !self.is_fixed {
                        self.ports = Ports::choose()?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Kills it with -9; returns when it is gone.
    pub(crate) fn kill(&mut self) -> Result<(), RuntimeError> {
        self.child.take().map_or(Ok(()), |mut child| child.kill())
    }

    /// Stops it cleanly.
    pub(crate) fn stop(&mut self) -> Result<(), RuntimeError> {
        self.child.take().map_or(Ok(()), |mut child| child.stop(S::STOP_SIGNAL, STOP_LIMIT))
    }

    /// Fails when it was started and has ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), RuntimeError> {
        let Some(child) = &mut self.child else { return Ok(()) };
        match child.ended()? {
            None => Ok(()),
            Some(status) => Err(child.ended_error(status, "while it should run")),
        }
    }

    fn is_running(&mut self) -> Result<bool, RuntimeError> {
        Ok(match &mut self.child {
            Some(child) => child.ended()?.is_none(),
            None => false,
        })
    }

    fn start_once(&self) -> Result<Child, RuntimeError> {
        let mut child = Child::start(&self.service.command(self.ports)?)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.clients));
        let ready = wait::until(READY_LIMIT, || {
            if let Some(status) = child.ended()? {
                return Err(child.ended_error(status, "while it was starting"));
            }
            // The line says that it is our child, and not whoever took the port, that answers there.
            let is_ready = child.output().contains(S::READY)
                && TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok();
            Ok(is_ready.then_some(()))
        })?;
        match ready {
            Some(()) => Ok(child),
            None => Err(child.not_ready_error(READY_LIMIT)),
        }
    }
}

/// Runs a tool of a service to its end.
pub(crate) fn run_tool(spec: &ChildSpec, while_doing: &'static str) -> Result<String, RuntimeError> {
    children::run(spec, while_doing, READY_LIMIT)
}

fn is_port_taken(error: &RuntimeError) -> bool {
    // PostgreSQL says the second when backends of a killed server are still on their way out.
    const REASONS: [&str; 2] = [ADDRESS_IN_USE, "pre-existing shared memory block is still in use"];
    let RuntimeError::ChildEnded { last_lines, .. } = error else { return false };
    last_lines.0.iter().any(|line| REASONS.iter().any(|reason| line.contains(reason)))
}

#[cfg(test)]
mod tests;
