-- What the server signs beside the manifests: heads of chains, so that nobody forges row, chain and head together unseen.

comment on column evidence_manifest.signature is
    'Ed25519 over rasid.evidence-manifest.v1, a zero byte and sha256; schemas/src/seal';

-- Links up to here are in a checkpoint.
alter table case_head add column sealed_length integer not null default 0;
-- Only what waits for one is indexed.
create index case_head_unsealed on case_head (case_id) where sealed_length < chain_length;

-- Heads of all chains that changed since the one before, as one signed document.
create table chain_checkpoint (
    -- Without a gap from 1.
    number bigint primary key check (number > 0),
    made_at timestamptz not null,
    -- Canonical JSON: number, time, the digest of the one before, count and Merkle root (RFC 6962) of the leaves.
    document bytea not null,
    sha256 bytea not null unique check (sha256 = sha256(document)),
    signing_key_id text not null,
    -- Ed25519 over rasid.chain-checkpoint.v1, a zero byte and sha256.
    signature bytea not null check (octet_length(signature) = 64)
);

-- The heads, in the order of their cases; the bytes of a leaf are case_id (16), chain_length (4, big-endian), chain_sha256.
create table chain_checkpoint_leaf (
    number bigint not null references chain_checkpoint (number),
    case_id uuid not null,
    chain_length integer not null check (chain_length > 0),
    chain_sha256 bytea not null check (octet_length(chain_sha256) = 32),
    primary key (case_id, number)
);
create index chain_checkpoint_leaf_number on chain_checkpoint_leaf (number);

do $$
declare
    name text;
begin
    foreach name in array array['chain_checkpoint', 'chain_checkpoint_leaf'] loop
        execute format('create trigger append_only before update or delete on %I for each row execute function refuse_change()', name);
        execute format('create trigger append_only_whole before truncate on %I for each statement execute function refuse_change()', name);
    end loop;
end
$$;
