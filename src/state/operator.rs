//! Who acts: the operating system's name of whoever started this process, or of whoever asks a daemon to act.

use std::future::Future;

tokio::task_local! {
    /// For whom a daemon does something that somebody asked it for over its socket.
    static ASKED_BY: String;
}

/// Does something in the name of whoever asked for it.
pub async fn in_the_name_of<F: Future>(operator: String, act: F) -> F::Output {
    ASKED_BY.scope(operator, act).await
}

/// Who started this process, as the operating system has it; within [`in_the_name_of`], who asked.
#[must_use]
pub fn operator() -> String {
    ASKED_BY
        .try_with(Clone::clone)
        .unwrap_or_else(|_| of_this_process())
}

fn of_this_process() -> String {
    std::env::var("SUDO_USER")
        .or_else(|_| std::env::var("USER"))
        .unwrap_or_else(|_| {
            use std::os::unix::fs::MetadataExt;
            // A service has no name in its environment; the owner of its own process has a number.
            std::fs::metadata("/proc/self")
                .map_or_else(|_| "unknown".to_owned(), |own| format!("uid {}", own.uid()))
        })
}
