//! How a command reaches the api: its request is read, the work is done on a thread that may wait, failures come as data.
use crate::desk::{Desk, broken};
use holdfast_api::words::window::InWindow;
use holdfast_api::{Answer, Begin, Code, Failure, Job, JobKind, Progress, Service};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::sync::Arc;
use tauri::ipc::{Channel, CommandArg, CommandItem, InvokeError};
use tauri::{Runtime, State};

pub type Here<'a> = State<'a, Arc<Desk>>;

/// What goes to the page: next steps without commands to type.
pub type Shown<T> = Result<InWindow<T>, InWindow<Failure>>;

pub fn shown<T>(answer: Answer<T>) -> Shown<T> {
    answer.map(InWindow).map_err(InWindow)
}

/// A request. One that is not as it should be is refused in words, like everything else.
pub struct Args<T>(pub T);

impl<'de, T: Deserialize<'de>, R: Runtime> CommandArg<'de, R> for Args<T> {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let name = command.name;
        let read = T::deserialize(command).map(Self);
        read.map_err(|e| InvokeError::from(InWindow(Failure::new(Code::BadRequest, format!("the request {name}"), e))))
    }
}

impl<T> Deref for Args<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A question that is answered soon.
pub async fn ask<T: Send + 'static>(
    desk: &Here<'_>,
    work: impl FnOnce(&Arc<Desk>) -> Answer<T> + Send + 'static,
) -> Shown<T> {
    let desk = desk.inner().clone();
    let worked = tauri::async_runtime::spawn_blocking(move || work(&desk)).await;
    shown(worked.unwrap_or_else(|e| Err(broken(e))))
}

/// The number and the channel that the window gives a task.
pub struct Task {
    pub id: String,
    pub progress: Channel<Progress>,
}

/// A job of one deployment, by name or the only one. It goes on when the window is closed.
pub async fn task<T: Serialize + Send + 'static>(
    desk: &Here<'_>,
    task: Task,
    kind: JobKind,
    deployment: Option<String>,
    work: impl FnOnce(&Service, &Arc<Job>) -> Answer<T> + Send + 'static,
) -> Shown<T> {
    ask(desk, move |desk| {
        let deployment = desk.service.deployment(deployment.as_deref())?.to_string();
        run(desk, task, kind, Some(deployment), work)
    })
    .await
}

/// A job that is about no deployment of this machine, or about one that its plan names.
pub async fn free_task<T: Serialize + Send + 'static>(
    desk: &Here<'_>,
    task: Task,
    kind: JobKind,
    work: impl FnOnce(&Arc<Desk>, &Arc<Job>) -> Answer<T> + Send + 'static,
) -> Shown<T> {
    ask(desk, move |desk| run(desk, task, kind, None, |_, job| work(desk, job))).await
}

/// A job on this thread.
pub fn run<T: Serialize>(
    desk: &Arc<Desk>,
    task: Task,
    kind: JobKind,
    deployment: Option<String>,
    work: impl FnOnce(&Service, &Arc<Job>) -> Answer<T>,
) -> Answer<T> {
    let begin = Begin { id: task.id, kind, deployment, asked_for: true };
    desk.run(begin, Some(task.progress), work)
}
