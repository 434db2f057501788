//! QR codes as drawings within the page.
use crate::error::{Error, Result};
use holdfast_domain::Code;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use zeroize::Zeroizing;

/// The light margin that readers need, in modules.
const MARGIN: usize = 4;

/// An `svg` element that reads as `text`; a quarter of it may be damaged by folds or stains. `label` is for those who
/// do not see it.
pub fn draw(text: &str, label: &str) -> Result<Zeroizing<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q)
        .map_err(|e| Error::new(Code::Internal, "the QR code of the recovery kit", e))?;
    let width = code.width();
    let side = width + 2 * MARGIN;
    let mut svg = Zeroizing::new(String::with_capacity(64 * 1024));
    let start = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\""
    );
    svg.push_str(&start);
    for (row, colors) in code.to_colors().chunks(width).enumerate() {
        let mut at = 0;
        for run in colors.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let _ = write!(svg, "M{} {}h{}v1h-{}z", at + MARGIN, row + MARGIN, run.len(), run.len());
            }
            at += run.len();
        }
    }
    svg.push_str("\"/></svg>");
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let text = "AGE-SECRET-KEY-1QQQQ";
        let svg = draw(text, "a key").unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::Q).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let path = svg.rsplit_once("d=\"").unwrap().1;
        let lengths = path.split('h').skip(1).filter_map(|part| part.split('v').next()?.parse::<usize>().ok());
        assert_eq!(lengths.sum::<usize>(), dark);
        assert!(!svg.contains(text), "the secret stands in the drawing alone");
    }
}
