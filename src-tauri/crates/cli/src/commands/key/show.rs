use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::table;
use holdfast_api::Answer;
use holdfast_api::words::{count_words, printable};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key show
  holdfast key show chatbot --json")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
}

pub fn run(args: &Args, session: &Session) -> Answer<Ending> {
    let answer = session.service.key(args.name.as_deref())?;
    let out = &session.out;
    let copies: Vec<String> = answer.recovery_key_copies.iter().map(|path| path.display().to_string()).collect();
    let people: Vec<String> = answer.people.iter().map(|p| printable(&format!("{} {}", p.name, p.recipient))).collect();
    let keyring = if answer.identity_in_keyring { "holds the key" } else { "does not hold the key" };
    let before = match answer.retired.len() as u64 {
        0 => String::new(),
        count => format!("{}, for archives made with them", count_words(count, "key", "keys")),
    };
    let kit = match (answer.kit_proven, answer.kit_made) {
        (Some(at), _) => format!("proven {}", out.when(at)),
        (None, Some(at)) => format!("made {}, never proven", out.when(at)),
        (None, None) => "never made; holdfast key kit makes one".to_owned(),
    };
    let facts = [
        ("archives are for", answer.recipients.join(" ")),
        ("and for", people.join("\n                    ")),
        ("signed by", answer.signing_public.clone()),
        ("before", before),
        ("recovery key", answer.recovery_key.display().to_string()),
        ("its copies", copies.join(" ")),
        ("recovery kit", kit),
        ("keyring", keyring.to_owned()),
        ("signing key in", answer.signing_key_in.to_owned()),
    ];
    out.line(answer.deployment.as_str());
    out.lines(table::facts(&facts));
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}
