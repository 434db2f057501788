use super::show::clock_words;
use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::printable;
use holdfast_api::{Answer, IncidentClosing, Outcome};

pub(super) fn run(name: Option<&str>, text: Option<&str>, session: &Session) -> Answer<Ending> {
    let answer = session.service.incidents(name, text)?;
    let out = &session.out;
    if answer.incidents.is_empty() {
        let of = text.map(|text| format!(" with “{}”", printable(text))).unwrap_or_default();
        out.line(format!("There is no incident{of}."));
    }
    let mut outcome = Outcome::Done;
    for one in &answer.incidents {
        let Some(incident) = &one.incident else {
            outcome = Outcome::Problems;
            let cause = one.cause.as_deref().unwrap_or_default();
            out.line(format!("{}  cannot be read: {}", one.id, printable(cause)));
            continue;
        };
        let state = match (incident.closed, &incident.at) {
            (Some(IncidentClosing::Resolved), _) => "resolved".to_owned(),
            (Some(IncidentClosing::Abandoned), _) => "abandoned".to_owned(),
            (None, Some(step)) => format!("open: {}", printable(step)),
            (None, None) => "open: all steps are through".to_owned(),
        };
        let began = out.local(incident.started);
        out.line(format!("{}  {began}  {}, {}; {state}", one.id, incident.title, clock_words(&incident.clock)));
    }
    Ok(Ending::new(outcome, [], &answer).with("outcome", &outcome))
}
