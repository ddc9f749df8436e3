//! Many handshakes at once.

use std::time::Instant;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

const CROWD: u32 = 1_000;

/// A place that takes connections and never says anything, and how many were open at once at most.
async fn silence() -> (u16, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    use tokio::io::AsyncReadExt as _;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (all, most, open) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let counters = (all.clone(), most.clone());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (most, open) = (most.clone(), open.clone());
            all.fetch_add(1, Ordering::SeqCst);
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::spawn(async move {
                while let Ok(1..) = stream.read(&mut [0; 512]).await {}
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (port, counters.0, counters.1)
}

fn world(server: &Server) -> Arc<World> {
    Arc::new(World::new(|settings| {
        settings.ca_file = Some(server.certificate.clone());
        settings.limits.time = Duration::from_secs(1);
        settings.limits.longest_wait = Duration::from_millis(1500);
    }))
}

/// How long it takes to get an issuer's keys for the first time, the best of some: where nobody else asks, and in a crowd.
/// They take turns, so that whatever else this machine does delays both.
async fn first_times(quiet: &World, crowded: &World, server: &Server) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for number in 0..20 {
        let issuer = format!("{}/{number}", server.issuer());
        for (best, world) in best.iter_mut().zip([quiet, crowded]) {
            let start = Instant::now();
            world.keys_for(&issuer, client(u32::MAX)).await.unwrap();
            *best = start.elapsed().min(*best);
        }
    }
    best
}

fn client(number: u32) -> IpAddr {
    IpAddr::from(number.to_be_bytes())
}

/// A crowd that asks for issuers, each as one of so many clients; in the meantime a reachable one is asked.
async fn crowd(same_issuer: bool, clients: u32) -> (Vec<KeysUnavailable>, usize, usize) {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let world = world(&server);
    let (port, all, most) = silence().await;
    let quiet = self::world(&server);
    let warm = server.issuer();
    world.keys(&warm).await.unwrap();
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for number in 0..CROWD {
        let world = world.clone();
        let name = if same_issuer { 0 } else { number };
        tasks.spawn(async move {
            let issuer = format!("https://localhost:{port}/{name}");
            let client = client(10 + number % clients);
            world.keys_for(&issuer, client).await.unwrap_err()
        });
    }
    // All have asked.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = server.asked();
    assert!(world.keys(&warm).await.is_ok());
    assert_eq!(server.asked(), before, "no network for what is known");
    if same_issuer || clients == 1 {
        let [usual, meanwhile] = first_times(&quiet, &world, &server).await;
        println!("usually {usual:?}, in the crowd {meanwhile:?}");
        assert!(meanwhile < usual * 2 + Duration::from_millis(2));
    } else {
        // What somebody was let in by has places of its own.
        world.cache.confirm(&warm);
        world.wait(1200);
        let keys = world.keys(&warm).await.unwrap();
        assert_eq!(keys.origin, KeysOrigin::Fetched);
    }
    let errors = tasks.join_all().await;
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    let counts = (all.load(Ordering::SeqCst), most.load(Ordering::SeqCst));
    (errors, counts.0, counts.1)
}

#[tokio::test]
async fn for_one_issuer_that_does_not_answer() {
    let (errors, all, _) = crowd(true, CROWD).await;
    assert_eq!(all, 1, "one question for all");
    for error in errors {
        assert!(
            matches!(error, KeysUnavailable::Unreachable { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn one_client_for_a_thousand_issuers() {
    let (errors, all, most) = crowd(false, 1).await;
    assert_eq!((all, most), (4, 4));
    let limit = KeysUnavailable::TooManyFromThisClient { limit: 4 };
    assert_eq!(errors.iter().filter(|one| **one == limit).count(), 996);
}

#[tokio::test]
async fn a_thousand_clients_for_a_thousand_issuers() {
    let (errors, all, most) = crowd(false, CROWD).await;
    assert!(most <= 12, "{most}");
    let limit = KeysUnavailable::TooManyFetches { limit: 16 };
    let refused = errors.iter().filter(|one| **one == limit).count();
    // Those that waited and had their turn were asked, and nobody else.
    assert_eq!(refused, 1_000 - all);
    assert!((24..=36).contains(&all), "{all}");
}

#[tokio::test]
async fn all_at_once_for_one_that_answers() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let world = world(&server);
    let mut tasks = JoinSet::new();
    for number in 0..CROWD {
        let (world, issuer) = (world.clone(), server.issuer());
        tasks.spawn(async move { world.keys_for(&issuer, client(number)).await });
    }
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn who_gives_up_leaves_nothing_locked() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let world = world(&server);
    let issuer = server.issuer();
    for _ in 0..20 {
        let asked = tokio::time::timeout(Duration::ZERO, world.keys(&issuer));
        let _ = asked.await;
    }
    world.settle().await;
    assert!(world.keys(&issuer).await.is_ok());
}
