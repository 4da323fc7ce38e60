//! Data files: loads and checks them, and compares them with the files that a target stores.

mod aim;
mod brought;
mod history;
mod layout;
mod notes;
mod own;
mod print;
mod view;
mod work;

pub use aim::{Aim, Wanted};
pub use brought::{Brought, FACTS};
pub use history::{Checked, Files, History, Set};
pub(crate) use layout::{Layout, folder_rank};
pub(crate) use notes::around;
pub use own::OwnFiles;
pub(crate) use own::{Gathered, Own, as_online, own_folder};
pub use print::Print;
pub(crate) use print::Size;
pub use view::changes;
pub(crate) use view::of_facts;
pub use work::{There, Work};
