//! Limits of visitors: connections, requests and time.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use testbed::wait::for_value_async;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};
use twinctl::targets::local::gateway::{GatewaySetup, Throttle};

use super::test_gateway::{TestGateway, setup};

async fn connect_from(source: [u8; 4], gateway: &TestGateway) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((source, 0).into()).unwrap();
    socket.connect(gateway.address()).await.unwrap()
}

#[testbed::test]
async fn one_visitor_cannot_take_all_connections() {
    let gateway = TestGateway::new();
    gateway.open().await;
    let mut connections = Vec::new();
    for _ in 0..110 {
        connections.push(connect_from([127, 0, 0, 2], &gateway).await);
    }
    let mut refused = connections.pop().unwrap();
    assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)), "it is closed");
    assert_eq!(gateway.visitor().get("/").await.status, 200);
    drop(connections);
    for_value_async("its connections are counted down", async || {
        let mut again = connect_from([127, 0, 0, 2], &gateway).await;
        again.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.ok()?;
        (again.read(&mut [0]).await.ok()? == 1).then_some(())
    })
    .await;
}

#[testbed::test]
async fn visitors_behind_a_trusted_proxy_are_distinguished() {
    let gateway = TestGateway::new();
    let throttle = Throttle { burst: 4, rate: 0 };
    let trusted_proxies = vec![Ipv4Addr::LOCALHOST.into()];
    gateway.twin_folder.write(&GatewaySetup { throttle, trusted_proxies, ..setup() }).unwrap();
    gateway.open().await;
    let visitor = gateway.visitor();
    let statuses = async |address: &str| {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let headers = [("x-forwarded-for", address)];
            statuses.push(visitor.get_with("/api/health", &headers).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses("192.0.2.1").await, [200, 200, 429]);
    assert_eq!(statuses("192.0.2.1, 192.0.2.2").await, [200, 200, 429], "the second one is another visitor");
}

#[testbed::test]
async fn an_idle_connection_is_closed() {
    let gateway = TestGateway::new();
    gateway.open().await;
    let mut idle = connect_from([127, 0, 0, 1], &gateway).await;
    idle.write_all(b"GET /missing.txt HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let started = Instant::now();
    idle.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(started.elapsed() > Duration::from_secs(5), "it was kept for further requests");
}
