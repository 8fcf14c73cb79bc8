//! Promise 1: nothing is lost, nothing doubles. Real `rasid` processes are killed at every named point and at random
//! instants; the broker and the database are killed and come back. At the end everything must add up.

pub(crate) mod events;
mod verify;
mod world;

use events::PARTITIONS;
use std::time::Duration;
use verify::verify;
use world::{World, until};

/// Named points of `rasid run`, each with the pass at which it dies: not the first, so that there is something before.
const RUN_KILL_POINTS: [&str; 8] = [
    "after_poll:23",
    "after_decode:17",
    "after_read:9",
    "after_evidence_put:7",
    "before_dead_letter_ack:3",
    "after_dead_letter_ack:3",
    "before_commit:2",
    "after_commit:2",
];
/// Cycles of twenty events that are published before each kill.
const CYCLES_BEFORE_NAMED_KILL: usize = 3;
const CYCLES_BEFORE_RANDOM_KILL: usize = 2;
const RANDOM_KILLS: u64 = 30;
/// Random instants lie between the start of the process and this.
const RANDOM_INSTANT_MILLISECONDS_MAX: u64 = 2_500;
/// Every so many random kills take `rasid serve` too.
const RANDOM_KILLS_BETWEEN_SERVE_KILLS: u64 = 5;
/// Published at last, with two processes.
const CYCLES_AT_THE_END: usize = 10;
/// To repeat a run, put its seed here; otherwise it is drawn, and printed.
const SEED: Option<u64> = None;

#[tokio::test]
async fn nothing_is_lost_or_doubled_by_kills_at_named_points_and_random_instants() {
    let mut world = World::start().await;
    for point in RUN_KILL_POINTS {
        world.publish(CYCLES_BEFORE_NAMED_KILL).await;
        world.run("one", Some(point)).dies_at_its_kill_point(point).await;
    }
    kill_between_publish_and_mark(&mut world).await;
    kill_at_random_instants(&mut world).await;
    kill_during_a_revoke(&mut world).await;
    let found = verify(&world).await;
    assert_eq!(found.events, 2_000);
    eprintln!("{found}");
}

/// The outbox is `rasid serve`'s.
async fn kill_between_publish_and_mark(world: &mut World) {
    world.publish(CYCLES_BEFORE_NAMED_KILL).await;
    let run = world.run("one", None);
    let point = "after_outbox_publish:2";
    world.serve(Some(point)).dies_at_its_kill_point(point).await;
    run.kill().await;
}

async fn kill_at_random_instants(world: &mut World) {
    let mut chance = Chance::drawn();
    let mut serve = world.serve(None);
    for number in 1..=RANDOM_KILLS {
        world.publish(CYCLES_BEFORE_RANDOM_KILL).await;
        let run = world.run("one", None);
        tokio::time::sleep(Duration::from_millis(chance.below(RANDOM_INSTANT_MILLISECONDS_MAX))).await;
        run.kill().await;
        if number.is_multiple_of(RANDOM_KILLS_BETWEEN_SERVE_KILLS) {
            serve.kill().await;
            serve = world.serve(None);
        }
    }
    serve.kill().await;
}

/// A second process makes the first give up partitions, which dies of it, comes back and works beside the second.
async fn kill_during_a_revoke(world: &mut World) {
    world.publish(CYCLES_BEFORE_NAMED_KILL).await;
    let taken = world.taken().await;
    let mut first = world.run("one", Some("during_revoke:1"));
    let all = taken + i64::try_from(PARTITIONS).unwrap();
    until("the first owns every partition", &mut [&mut first], async || world.taken().await >= all).await;
    let mut second = world.run("two", None);
    first.dies_at_its_kill_point("during_revoke").await;
    let mut first = world.run("one", None);
    let mut serve = world.serve(None);
    world.publish(CYCLES_AT_THE_END).await;
    world.until_all_is_settled(&mut [&mut first, &mut second, &mut serve]).await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_broker_is_killed_or_stays_away_longer_than_the_session() {
    let mut world = World::start().await;
    let (mut run, mut serve) = (world.run("one", None), world.serve(None));
    world.publish(5).await;
    world.until_settled_beyond(0, 20, &mut [&mut run, &mut serve]).await;
    world.on_services(|services| services.kill_kafka().unwrap()).await;
    world.on_services(|services| services.start_kafka().unwrap()).await;
    world.publish(5).await;
    // The session may have ended with the first outage: it must be there before it can end again.
    world.until_all_is_settled(&mut [&mut run, &mut serve]).await;
    until("the process owns partitions", &mut [&mut run, &mut serve], async || world.is_in_the_group("one"))
        .await;
    world.on_services(|services| services.stop_kafka().unwrap()).await;
    until("the session has ended", &mut [&mut run, &mut serve], async || !world.is_in_the_group("one")).await;
    world.on_services(|services| services.start_kafka().unwrap()).await;
    world.publish(5).await;
    world.until_all_is_settled(&mut [&mut run, &mut serve]).await;
    let renewed = world.logged("run", "joining with a new one");
    eprintln!("{}; clients made anew: {renewed}", verify(&world).await);
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_database_is_stopped_or_killed_and_comes_back() {
    let mut world = World::start().await;
    let (mut run, mut serve) = (world.run("one", None), world.serve(None));
    world.publish(5).await;
    world.until_settled_beyond(0, 20, &mut [&mut run, &mut serve]).await;
    world.on_services(|services| services.kill_postgres().unwrap()).await;
    world.publish(1).await;
    world.on_services(|services| services.start_postgres().unwrap()).await;
    let before = world.settled().await;
    world.until_settled_beyond(before, 20, &mut [&mut run, &mut serve]).await;
    world.publish(5).await;
    world.on_services(|services| services.stop_postgres().unwrap()).await;
    world.on_services(|services| services.start_postgres().unwrap()).await;
    world.until_all_is_settled(&mut [&mut run, &mut serve]).await;
    eprintln!("{}", verify(&world).await);
}

/// Numbers from a seed (splitmix64), good enough to spread instants.
struct Chance(u64);

impl Chance {
    fn drawn() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        let seed = SEED.unwrap_or(u64::from_le_bytes(bytes));
        eprintln!("random instants from seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
