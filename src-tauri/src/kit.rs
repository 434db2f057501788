//! The recovery kit in a window of its own, to be printed. The page holds the key: it comes straight from the api, is kept
//! only while that window is open, and can run nothing.
use holdfast_api::words::desk::KIT_TITLE;
use std::sync::{Mutex, PoisonError};
use tauri::http::{Request, Response, StatusCode, header};
use tauri::utils::config::WebviewUrl;
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager, Runtime, UriSchemeContext, WebviewWindowBuilder};

pub const LABEL: &str = "kit";

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The page, while it is shown. It prints in no `Debug` and is wiped when it goes.
#[derive(Default)]
pub struct Page(Mutex<Option<holdfast_api::SecretText>>);

impl Page {
    fn put(&self, page: holdfast_api::SecretText) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(page);
    }

    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        page.as_ref().map(|page| page.clone().into_text().as_bytes().to_vec())
    }
}

/// Answers the one address of that window.
pub fn serve<R: Runtime>(context: UriSchemeContext<'_, R>, _: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let page = (context.webview_label() == LABEL).then(|| context.app_handle().state::<Page>().bytes()).flatten();
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .body(page.unwrap_or_default());
    response.unwrap_or_default()
}

/// Shows the page and opens the system's dialog for printing. Called by any thread but the main one.
pub fn show(app: &AppHandle, page: holdfast_api::SecretText) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(LABEL) {
        open.destroy()?;
    }
    app.state::<Page>().put(page);
    let address = format!("{LABEL}://localhost/").parse().map_err(|_| tauri::Error::InvalidWebviewUrl("kit"))?;
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title(KIT_TITLE)
        .inner_size(860.0, 1000.0)
        .incognito(true)
        .on_navigation(|url| url.scheme() == LABEL)
        .on_page_load(|window, payload| {
            if payload.event() == PageLoadEvent::Finished
                && let Err(e) = window.print()
            {
                tracing::warn!(error = %e, "the dialog for printing did not open");
            }
        })
        .build()?;
    Ok(())
}
