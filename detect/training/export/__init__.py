"""The files that Rust reads: nets, contracts, checksums, golden vectors."""
