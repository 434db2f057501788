//! Puts one moment together out of the archives that hold it, as a full archive of its own that needs nothing else:
//! beside it lies all that opening it takes. The live data is not touched.
mod beside;
mod content;
mod plan;
mod record;
mod run;

pub use beside::Program;
pub use plan::{ExportPlan, ExportRequest, plan};
pub use run::{ExportReport, run};
