use crate::face::Mood;
use ksni::Icon;
use tauri::image::Image;

const IDLE: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-idle-22.png"), tauri::include_image!("../icons/tray-idle-44.png")];
const WORKING: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-working-22.png"), tauri::include_image!("../icons/tray-working-44.png")];
const ATTENTION: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-attention-22.png"), tauri::include_image!("../icons/tray-attention-44.png")];
const AT_RISK: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-risk-22.png"), tauri::include_image!("../icons/tray-risk-44.png")];
const PAUSED: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-paused-22.png"), tauri::include_image!("../icons/tray-paused-44.png")];

const EMPTY: [Image<'_>; 2] =
    [tauri::include_image!("../icons/tray-empty-22.png"), tauri::include_image!("../icons/tray-empty-44.png")];

/// The picture of a mood, in the sizes that trays ask for. Moods differ by shape, not by colour alone.
pub fn of(mood: Mood) -> Vec<Icon> {
    let images = match mood {
        Mood::Idle => &IDLE,
        Mood::Working => &WORKING,
        Mood::Attention => &ATTENTION,
        Mood::AtRisk => &AT_RISK,
        Mood::Paused => &PAUSED,
        Mood::Empty => &EMPTY,
    };
    images.iter().map(icon).collect()
}

/// As the tray's protocol wants it: alpha first.
fn icon(image: &Image<'_>) -> Icon {
    let data = image.rgba().chunks_exact(4).flat_map(|pixel| [pixel[3], pixel[0], pixel[1], pixel[2]]).collect();
    Icon { width: image.width() as i32, height: image.height() as i32, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mood_has_a_shape_of_its_own() {
        let moods = [Mood::Idle, Mood::Working, Mood::Attention, Mood::AtRisk, Mood::Paused, Mood::Empty];
        let shapes: Vec<Vec<u8>> =
            moods.map(|mood| of(mood)[0].data.chunks(4).map(|pixel| u8::from(pixel[0] > 127)).collect()).to_vec();
        for (index, shape) in shapes.iter().enumerate() {
            assert_eq!(shape.len(), 22 * 22);
            assert!(shapes.iter().skip(index + 1).all(|other| other != shape), "{:?}", moods[index]);
        }
    }
}
