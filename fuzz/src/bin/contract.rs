//! Any bytes as the contract of a net: taken or refused, never a panic, and what is taken can be worked with.
//!
//! `.ci/fuzz contract 600` builds it and lets it run so many seconds.
#![no_main]

use detect::contract::{LocateContract, ReadContract};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contract) = LocateContract::from_yaml(bytes) {
        assert!(contract.output.stride_px > 0 && contract.input.width_px % contract.output.stride_px == 0);
    }
    if let Ok(contract) = ReadContract::from_yaml(bytes) {
        let temperatures = [contract.temperatures.egypt, contract.temperatures.saudi_arabia];
        assert!(contract.output.steps > 0 && temperatures.iter().all(|temperature| *temperature > 0.0));
    }
});
