//! The page: HTML that prints well in black and white, on A4 and on Letter, and loads nothing.
use super::{Kit, Reach, code, groups};
use crate::error::Result;
use crate::vault::Person;
use crate::vault::keys::line_of;
use age::x25519::Identity;
use zeroize::Zeroizing;

const PAGE: &str = include_str!("page.html");
/// Roomy, so that the page with its secrets is written in one place of the memory.
const ROOM: usize = 256 * 1024;

impl Kit {
    /// The whole page. It holds the identity: whoever reads it can read every archive.
    pub fn html(&self) -> Result<Zeroizing<String>> {
        let identity = self.keys.identity();
        let signing = self.keys.signing_public();
        let signing_code =
            signing.as_deref().map(|key| code::draw(key, "QR code of the public signing key")).transpose()?;
        let parts: [(&str, Zeroizing<String>); 12] = [
            ("DEPLOYMENT", plain(self.deployment.as_str())),
            ("HOST", plain(&self.host)),
            ("MADE", plain(&self.made_local)),
            ("PROGRAM", plain(&self.program)),
            ("KEY-CODE", code::draw(&line_of(identity), "QR code of the recovery key")?),
            ("KEY-GROUPS", key_groups(identity)),
            ("RECIPIENT", plain(&self.keys.recipient())),
            ("PLACES", self.places_words()),
            ("PEOPLE", self.people_words()),
            ("SIGNING", plain(signing.as_deref().unwrap_or("none"))),
            ("SIGNING-CODE", signing_code.unwrap_or_default()),
            ("EARLIER", self.earlier()?),
        ];
        let mut page = Zeroizing::new(String::with_capacity(ROOM));
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            page.push_str(before);
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            if let Some((_, value)) = parts.iter().find(|(part, _)| *part == name) {
                page.push_str(value);
            }
            rest = after;
        }
        page.push_str(rest);
        Ok(page)
    }

    /// Each with what has to be done first to come by it.
    fn places_words(&self) -> Zeroizing<String> {
        if self.places.is_empty() {
            return plain("not yet chosen");
        }
        let item = |(place, reach): &(String, Reach)| {
            format!("<li>{}<br><span class=\"small\">{}</span></li>", *plain(place), *plain(&reach.step(&self.host)))
        };
        let places: Vec<String> = self.places.iter().map(item).collect();
        Zeroizing::new(format!("<ul>{}</ul>", places.concat()))
    }

    fn people_words(&self) -> Zeroizing<String> {
        if self.people.is_empty() {
            return plain("nobody else");
        }
        let item = |person: &Person| {
            format!(
                "<li><b>{}</b> <span class=\"mono\">{}</span></li>",
                *plain(&person.name),
                *plain(&person.recipient)
            )
        };
        let people: Vec<String> = self.people.iter().map(item).collect();
        Zeroizing::new(format!("<ul>{}</ul>", people.concat()))
    }

    /// Identities from before rotations: archives from that time open with those alone.
    fn earlier(&self) -> Result<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::with_capacity(ROOM / 4));
        for identity in self.keys.identities().iter().skip(1) {
            let recipient = identity.to_public().to_string();
            let until = self.until(&recipient);
            let until =
                until.map_or_else(|| "an earlier time".to_owned(), |until| until.strftime("%Y-%m-%d").to_string());
            text.push_str("<section class=\"key earlier\"><h2>An older key, for archives up to ");
            text.push_str(&until);
            text.push_str("</h2><div class=\"columns\"><div class=\"code\">");
            text.push_str(&code::draw(&line_of(identity), "QR code of an older recovery key")?);
            text.push_str("</div><div>");
            text.push_str(&key_groups(identity));
            text.push_str("<p class=\"small\">for <span class=\"mono\">");
            text.push_str(&recipient);
            text.push_str("</span></p></div></div></section>");
        }
        Ok(text)
    }
}

fn key_groups(identity: &Identity) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(8 * 1024));
    text.push_str("<p class=\"prefix mono\">");
    text.push_str(groups::PREFIX);
    text.push_str("</p><ol class=\"groups\">");
    for group in groups::of(&line_of(identity)) {
        text.push_str("<li><span class=\"number\">");
        text.push_str(&group.number.to_string());
        text.push_str("</span> <b class=\"mono\">");
        text.push_str(&group.letters);
        text.push_str("</b> <i class=\"mono\">");
        text.push_str(&group.check);
        text.push_str("</i></li>");
    }
    text.push_str("</ol>");
    text
}

/// Names of folders and of people may hold anything.
fn plain(text: &str) -> Zeroizing<String> {
    let mut safe = Zeroizing::new(String::with_capacity(text.len() + 16));
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{KeySet, Person};
    use holdfast_domain::DeploymentName;

    fn kit(keys: KeySet) -> Kit {
        let made = "2026-11-21T02:00:00Z".parse().unwrap();
        let recipient = KeySet::generate().unwrap().recipient();
        Kit {
            deployment: DeploymentName::new("chatbot").unwrap(),
            host: "harbour".to_owned(),
            made,
            made_local: "2026-11-21 03:00".to_owned(),
            keys,
            people: vec![Person { name: "<Ana>".to_owned(), recipient, added: made }],
            places: vec![("/mnt/a&b".to_owned(), Reach::Computer)],
            program: "holdfast 0.1.0".to_owned(),
        }
    }

    #[test]
    fn the_page_holds_all_and_loads_nothing() {
        let keys = KeySet::generate().unwrap();
        let kit = kit(keys.clone());
        let page = kit.html().unwrap();
        for text in
            ["chatbot", "harbour", "2026-11-21 03:00", "&lt;Ana&gt;", "/mnt/a&amp;b", "age -d", "holdfast recover"]
        {
            assert!(page.contains(text), "{text}");
        }
        for text in [keys.recipient(), keys.signing_public().unwrap()] {
            assert!(page.contains(&text), "{text}");
        }
        for group in groups::of(&keys.identity_line()) {
            assert!(
                page.contains(&format!(
                    "<b class=\"mono\">{}</b> <i class=\"mono\">{}</i>",
                    *group.letters, group.check
                ))
            );
        }
        assert_eq!(page.matches("<svg").count(), 2);
        for text in ["{{", "}}", "<script", "src=", "href=", "url(", "@import", "<Ana>"] {
            assert!(!page.contains(text), "{text}");
        }
        let secret = keys.signing().unwrap().to_base64().to_string();
        assert!(!page.contains(&secret[60..100]), "the secret signing key is not printed");
        assert!(!format!("{kit:?}").contains("SECRET"));
    }

    #[test]
    fn its_steps_are_those_of_the_places() {
        let mut kit = kit(KeySet::generate().unwrap());
        let page = kit.html().unwrap();
        assert!(page.contains("Bring that folder from the computer harbour"), "a folder of its own disk");
        assert!(!page.to_lowercase().contains("drive"), "there is none");
        kit.places.push(("the drive “Blue”".to_owned(), Reach::Drive("Blue".to_owned())));
        kit.places.push(("s3://bucket/bot".to_owned(), Reach::Cloud));
        let page = kit.html().unwrap();
        for step in ["Plug in the drive “Blue”.", "Fetch that folder from the cloud", "from the computer harbour"] {
            assert!(page.contains(step), "{step}");
        }
    }

    #[test]
    fn keys_from_before_a_rotation_are_on_it_too() {
        let old = KeySet::generate().unwrap();
        let keys = old.rotated(false, "2026-11-20T02:00:00Z".parse().unwrap()).unwrap();
        let page = kit(keys).html().unwrap();
        assert!(page.contains("archives up to 2026-11-20"));
        let first = groups::of(&old.identity_line()).next().unwrap();
        assert!(page.contains(&*first.letters));
        assert_eq!(page.matches("<svg").count(), 3);
    }
}
