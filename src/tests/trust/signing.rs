//! What the server signed tells when somebody with every right over the database rewrote the past.

use crate::positions::{recorder, run, take};
use crate::services;
use adjudicate::foundation::chain::ChainDomain;
use adjudicate::foundation::checkpoint::job::ChainCheckpoints;
use adjudicate::foundation::jobs::{Job, JobError};
use adjudicate::stream::settle::Recorded;
use adjudicate::testing::TestDatabase;
use adjudicate::testing::sightings::Sighting;
use adjudicate::testing::transactions::extend_chain;
use rasid::signing::copies::CopyFolder;
use rasid::signing::verify::{Verification, VerifyTotals};
use schemas::error_chain::ErrorChain;
use schemas::evidence::Sha256Digest;
use schemas::seal::keys::{KeyPeriod, ServerKeys};
use schemas::seal::{SealedForm, ServerKey};
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// A database with a key, a place for copies, and three cases of which the first is to be forged.
struct World {
    database: TestDatabase,
    key: Arc<ServerKey>,
    folder: TempDir,
    case: Uuid,
}

impl World {
    async fn new() -> Self {
        let database = services::database().await;
        let key = Arc::new(ServerKey::from_seed(&[7; 32]).unwrap());
        let taken = take(&database, 0).await;
        let sightings = [
            Sighting::of("1", "EG-STN-7126").violation(0).unwrap(),
            Sighting::of("2", "EG-STN-7127").violation(1).unwrap(),
            Sighting::of("3", "EG-STN-7128").violation(2).unwrap(),
        ];
        let recorder = recorder(&database).signing_with(Some(Arc::clone(&key)));
        let recorded = recorder.record_run(&run(0, taken, sightings.into())).await.unwrap();
        assert!(matches!(recorded, Recorded::Now(_)));
        let case = database.text("select id::text from violation order by id limit 1").await.unwrap();
        Self { database, key, folder: tempfile::tempdir().unwrap(), case: case.parse().unwrap() }
    }

    fn copies(&self) -> CopyFolder {
        CopyFolder::new(self.folder.path().join("checkpoints"))
    }

    async fn seal(&self) -> Result<(), JobError> {
        let job = ChainCheckpoints {
            database: self.database.connections.clone(),
            key: Arc::clone(&self.key),
            copies: Arc::new(self.copies()),
            interval: Duration::from_secs(60),
        };
        job.run_once().await.map(drop)
    }

    async fn verify_with(&self, key: &ServerKey) -> (VerifyTotals, Vec<String>) {
        let keys: ServerKeys = [(key.public().clone(), KeyPeriod::default())].into_iter().collect();
        let copies = self.copies();
        let verification = Verification {
            database: &self.database.connections,
            keys: &keys,
            copies: &copies,
            allows_unsigned: false,
        };
        let mut told = Vec::new();
        let totals = verification.all(|fault| told.push(fault.to_owned())).await.unwrap();
        let one = verification.case(self.case, |_| {}).await;
        assert!(one.is_ok() || totals.faults > 0);
        (totals, told)
    }

    async fn verify(&self) -> (VerifyTotals, Vec<String>) {
        self.verify_with(&self.key).await
    }

    /// As whoever owns everything, with triggers out of the way.
    async fn forge(&self, statements: &str) {
        let forged = format!("begin; set local session_replication_role = replica; {statements}; commit");
        self.database.execute(&forged).await.unwrap();
    }

    async fn forge_amount_and_begin_anew(&self) {
        self.forge_amount().await;
        self.forge("delete from chain_checkpoint_leaf; delete from chain_checkpoint; update case_head set sealed_length = 0").await;
    }

    /// A higher amount, with link and head made to fit.
    async fn forge_amount(&self) {
        let case = self.case;
        self.forge(&format!(
            "update violation set amount = 200 where id = '{case}';
             update case_chain set row_bytes = convert_to(replace(convert_from(row_bytes, 'UTF8'),
                 '\"amount\":\"150\"', '\"amount\":\"200\"'), 'UTF8') where case_id = '{case}';
             update case_chain set sha256 = sha256(previous_sha256 || convert_to(domain, 'UTF8') || '\\x00'::bytea || row_bytes)
                 where case_id = '{case}';
             update case_head set chain_sha256 = (select sha256 from case_chain where case_chain.case_id = case_head.case_id order by sequence desc limit 1)
                 where case_id = '{case}'"
        ))
        .await;
    }
}

#[tokio::test]
async fn what_was_signed_and_sealed_is_verified_by_the_public_key_alone() {
    let world = World::new().await;
    world.seal().await.unwrap();
    // Nothing changed: nothing is added.
    world.seal().await.unwrap();
    let (totals, told) = world.verify().await;
    assert_eq!(told, [""; 0]);
    assert_eq!((totals.cases, totals.checkpoints, totals.copies, totals.unsealed), (3, 1, 1, 0));
    extend_chain(&world.database.connections, world.case, ChainDomain::new("test.v1"), b"more")
        .await
        .unwrap();
    assert_eq!(world.verify().await.0.unsealed, 1);
    world.seal().await.unwrap();
    let (totals, told) = world.verify().await;
    assert_eq!((totals.checkpoints, totals.copies, totals.unsealed, told.len()), (2, 2, 0, 0));
    let stranger = ServerKey::from_seed(&[8; 32]).unwrap();
    // Each manifest and each checkpoint.
    assert_eq!(world.verify_with(&stranger).await.0.faults, 5);
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn an_owner_who_forges_row_chain_and_head_together_is_found() {
    let world = World::new().await;
    world.seal().await.unwrap();
    world.forge_amount().await;
    // Row, chain and head fit each other.
    let id = schemas::ids::ViolationId::from_uuid(world.case);
    adjudicate::case::store::verify_violation(&world.database.connections, id).await.unwrap();
    let (totals, told) = world.verify().await;
    let expected =
        format!("violation {}: its chain is not the one that checkpoint 1 was signed over", world.case);
    assert_eq!((totals.faults, told), (1, vec![expected.clone()]));
    // Sealed once more as it stands, it still does not fit the first.
    world.forge("update case_head set sealed_length = 0").await;
    world.seal().await.unwrap();
    assert_eq!(world.verify().await.1, [expected]);
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn who_removes_or_rewrites_checkpoints_is_found_by_their_order_and_their_copies() {
    let world = World::new().await;
    world.seal().await.unwrap();
    extend_chain(&world.database.connections, world.case, ChainDomain::new("test.v1"), b"more")
        .await
        .unwrap();
    world.seal().await.unwrap();
    world.forge("create table kept as table chain_checkpoint; create table kept_leaf as table chain_checkpoint_leaf").await;
    let restore = "delete from chain_checkpoint_leaf; delete from chain_checkpoint;
        insert into chain_checkpoint table kept; insert into chain_checkpoint_leaf table kept_leaf";
    let cases = [
        (
            "delete from chain_checkpoint where number = 2",
            "checkpoint 2: was copied and is gone from the database",
        ),
        (
            "delete from chain_checkpoint where number = 1",
            "checkpoint 2: it does not follow the one before it",
        ),
        (
            "delete from chain_checkpoint_leaf where number = 1",
            "checkpoint 1: its heads are not those that were signed",
        ),
        ("update chain_checkpoint_leaf set chain_length = 2 where number = 1", "checkpoint 1: its heads"),
        (
            "update chain_checkpoint set made_at = now() where number = 1",
            "checkpoint 1: its document does not read",
        ),
        (
            "update chain_checkpoint set document = '{}', sha256 = sha256('{}') where number = 1",
            "checkpoint 1: the signature does not fit",
        ),
    ];
    for (forgery, expected) in cases {
        world.forge(forgery).await;
        let (_, told) = world.verify().await;
        assert!(told.iter().any(|fault| fault.starts_with(expected)), "{forgery}: {told:?}");
        world.forge(restore).await;
        assert_eq!(world.verify().await.1, [""; 0], "after {forgery}");
    }
    // Begun anew over a forged past: the job adds nothing to it and says why.
    world.forge_amount_and_begin_anew().await;
    let refused = world.seal().await.unwrap_err();
    assert!(ErrorChain(&refused).to_string().contains("somebody rewrote it"), "{refused}");
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_case_that_was_sealed_and_is_gone_is_missed() {
    let world = World::new().await;
    world.seal().await.unwrap();
    world.forge(&format!("delete from case_head where case_id = '{}'", world.case)).await;
    let (_, told) = world.verify().await;
    assert_eq!(told, [format!("case {}: was sealed in a checkpoint and is gone", world.case)]);
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_manifest_without_its_signature_or_with_a_strangers_is_found() {
    let world = World::new().await;
    let case = world.case;
    world.forge(&format!("update evidence_manifest set signature = null where case_id = '{case}'")).await;
    let (totals, told) = world.verify().await;
    assert_eq!(
        (totals.unsigned, told),
        (1, vec![format!("violation {case}: its evidence manifest is not signed")])
    );
    world
        .forge(&format!(
            "update evidence_manifest set document = '{{}}', sha256 = sha256('{{}}') where case_id = '{case}'"
        ))
        .await;
    assert!(world.verify().await.1[0].contains("not the one that its row names"));
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn openssl_verifies_a_signature_with_the_public_key_in_pem() {
    let world = World::new().await;
    let column = async |name: &str| {
        let query =
            format!("select encode({name}, 'hex') from evidence_manifest where case_id = '{}'", world.case);
        hex::decode(world.database.text(&query).await.unwrap()).unwrap()
    };
    let (document, signature) = (column("document").await, column("signature").await);
    let place = |name: &str| world.folder.path().join(name);
    let signed = SealedForm::EvidenceManifest.signed_bytes(Sha256Digest::of(&document));
    fs::write(place("signed"), &signed).unwrap();
    fs::write(place("signature"), signature).unwrap();
    fs::write(place("public.pem"), world.key.public().to_pem()).unwrap();
    fs::write(place("document"), document).unwrap();
    let by_hand = "printf 'rasid.evidence-manifest.v1\\0' > by-hand && openssl dgst -sha256 -binary document >> by-hand && \
        cmp by-hand signed && openssl pkeyutl -verify -rawin -pubin -inkey public.pem -in by-hand -sigfile signature";
    let run = || Command::new("sh").arg("-c").arg(by_hand).current_dir(world.folder.path()).output().unwrap();
    let said = run();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    fs::write(place("document"), "another").unwrap();
    assert!(!run().status.success());
    world.database.remove().await.unwrap();
}
