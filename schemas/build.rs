//! Compiles the Protobuf definitions without a system `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let definitions = [
        "proto/rasid/camera/v1/camera_event.proto",
        "proto/rasid/violations/v1/violation.proto",
        "proto/rasid/decisions/v1/decision.proto",
    ];
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(definitions, ["proto"])?;
    prost_build::Config::new().bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
