use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs};

/// Whether something listens at a port.
#[derive(Debug, Clone)]
pub struct Tcp {
    pub host: String,
    pub port: u16,
}

impl Look for Tcp {
    fn look(&self, probe: &Probe) -> Seen {
        let (host, port) = (self.host.as_str(), self.port);
        let step = format!("Start what listens at port {port}, or correct the port in the settings.");
        let addresses = match (host, port).to_socket_addrs() {
            Ok(addresses) => addresses,
            Err(e) => return Seen::failing(format!("the name {host} leads nowhere: {e}"), step),
        };
        let begun = probe.clock.elapsed();
        let mut last = None;
        // A name may have several addresses; the first that answers is enough.
        for address in addresses.take(4) {
            match TcpStream::connect_timeout(&address, probe.limit.mul_f64(0.9)) {
                Ok(_) => {
                    let ms = probe.clock.elapsed().saturating_sub(begun).as_millis();
                    return Seen::ok(format!("something listens at {host}:{port}")).with(ms as f64, Unit::Milliseconds);
                }
                Err(e) => last = Some(e),
            }
        }
        let text = match last {
            Some(e) if e.kind() == ErrorKind::ConnectionRefused => format!("nothing listens at {host}:{port}"),
            Some(e) if e.kind() == ErrorKind::TimedOut => format!("{host}:{port} does not answer"),
            Some(e) => format!("{host}:{port} cannot be reached: {e}"),
            None => format!("the name {host} leads nowhere"),
        };
        Seen::failing(text, step)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_open_until_its_listener_goes() {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = Tcp { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() };
        assert_eq!(tcp.look(&probe(dir.path())).state, State::Ok);
        drop(listener);
        let closed = tcp.look(&probe(dir.path()));
        assert!(closed.state == State::Failing && closed.text.starts_with("nothing listens"), "{closed:?}");
        let nowhere = Tcp { host: "no.such.name.invalid".to_owned(), port: 1 }.look(&probe(dir.path()));
        assert_eq!(nowhere.state, State::Failing);
    }
}
