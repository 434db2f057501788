use super::or_ask;
use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::words::{count_words, printable};
use holdfast_api::{Answer, RotateAnswer, RotationPreview};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key rotate
  holdfast key rotate chatbot --signing --passphrase-file pass.txt --yes

When the key, a kit or a recovery key together with its passphrase may have fallen into other hands. What is \
sealed to the old key stays open to whoever has that: archives that must not be read by them have to be removed. \
The passphrase stays the same; holdfast key passphrase changes it.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Also make a new signing key; archives signed by the old one until now stay trusted
    #[arg(long)]
    signing: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

const WHAT: &str = "the rotation of the keys";

pub fn run(args: &Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_rotation(args.name.as_deref(), args.signing)?;
    show(&planned.preview, session);
    session.confirm(args.yes, WHAT, "Make new keys?")?;
    let given = session.given_passphrase()?;
    let deployment = planned.preview.deployment.clone();
    let passphrase = or_ask(given, session, WHAT, "--passphrase-file", || {
        prompt::passphrase(&format!("Passphrase of {deployment}: "))
    })?;
    let answer = session.service.rotate(planned, &passphrase)?;
    told(&answer, session);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn show(preview: &RotationPreview, session: &Session) {
    let out = &session.out;
    let keys = if preview.signing { "a new key and a new signing key" } else { "a new key" };
    out.say(format!("{} gets {keys}:", preview.deployment));
    out.say("  the next archive is a full one, for the new key");
    let archives = count_words(preview.archives, "archive stays", "archives stay");
    out.say(format!("  {archives} as before, for the key {}", preview.recipient));
    out.say("  the recovery key will hold both, and open with the same passphrase");
    for person in &preview.people {
        out.say(format!("  {} can open new archives as before", printable(&person.name)));
    }
    for path in &preview.away {
        out.say(format!("  {path} is not there: it gets the new recovery key with its next backup"));
    }
    out.say("  kits that are printed open only the archives that are there now");
}

fn told(answer: &RotateAnswer, session: &Session) {
    let out = &session.out;
    out.say(format!("New archives of {} are for {}", answer.deployment, answer.recipient));
    if answer.signing_rotated {
        out.say(format!("They are signed by {}", answer.signing_public));
    }
    answer.replaced.iter().for_each(|path| out.say(format!("  {path} holds the new key and the old")));
    out.say("Kits that were printed before open only the archives from before. Make a new one:");
    out.say(format!("  holdfast key kit {} --output kit.html", answer.deployment));
    out.notes(&answer.problems);
}
