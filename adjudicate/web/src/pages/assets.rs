//! Style, script and icon, compiled in. Their names hold a hash of their content, so browsers may keep them for ever.

use crate::error::{ApiError, ProblemCode};
use crate::extract::PathPart;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/viewer.js");
const ICON: &str = include_str!("assets/icon.svg");
/// Hexadecimal digits of the hash in a name: enough that two versions differ.
const HASH_DIGITS: usize = 12;
const KEEP_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The addresses of the assets, derived once from their content.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("style", "css", "text/css; charset=utf-8", STYLE),
    script: Asset::new("viewer", "js", "text/javascript; charset=utf-8", SCRIPT),
    icon: Asset::new("icon", "svg", "image/svg+xml", ICON),
});

/// Everything that pages load.
#[derive(Debug)]
pub struct Assets {
    /// The one style sheet.
    pub style: Asset,
    /// The one module: zoom and keys.
    pub script: Asset,
    /// For the browser's tab.
    pub icon: Asset,
}

/// One of them.
#[derive(Debug)]
pub struct Asset {
    name: String,
    /// Where it is fetched.
    pub address: String,
    media_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = blake3::hash(content.as_bytes()).to_hex();
        let name = format!("{stem}.{}.{extension}", &hash[..HASH_DIGITS]);
        Self { address: format!("/assets/{name}"), name, media_type, content }
    }
}

/// Gives an asset by its name.
///
/// # Errors
/// When there is none of that name, e.g. of an older version.
pub async fn asset(PathPart(name): PathPart<String>) -> Result<Response, ApiError> {
    let all = [&ASSETS.style, &ASSETS.script, &ASSETS.icon];
    let asset = all.into_iter().find(|asset| asset.name == name).ok_or(ProblemCode::RouteNotFound)?;
    let headers = [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, KEEP_FOR_EVER)];
    Ok((headers, asset.content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for content in [STYLE, SCRIPT] {
            assert!(!content.contains("://"), "an asset names another host");
            assert!(!content.contains("@import"), "a style sheet loads another");
        }
    }

    #[test]
    fn styles_use_logical_properties_only() {
        for physical in
            ["margin-left", "margin-right", "padding-left", "padding-right", "text-align: left", "float:"]
        {
            assert!(!STYLE.contains(physical), "{physical} breaks right-to-left pages");
        }
    }
}
