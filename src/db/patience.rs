//! How long we wait for an answer on a connection over which nothing comes any more.
//!
//! The server ends what takes too long, and says so. Where it does not even do that (a cable, a firewall that forgot
//! the connection, a host that stopped), nobody tells us, and the driver waits for ever. So the connection itself goes
//! into the future of each question: one that has not ended long after the server should have ended it is left to
//! itself, with its connection, and the session is over. It is never dropped half-way.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::{Trouble, TroubleKind};

/// A question under way, with what it borrows from its connection.
pub(super) type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// Asks, and gives the connection back with the answer; without it where no answer came in time. `between` is called
/// whenever something has come.
pub(super) async fn answer<L, T>(
    mut link: L,
    within: Duration,
    ask: impl for<'a> FnOnce(&'a mut L) -> Asking<'a, T> + Send + 'static,
    mut between: impl FnMut(),
) -> (Option<L>, Result<T, Trouble>)
where
    L: Send + 'static,
    T: Send + 'static,
{
    let mut work = Box::pin(async move {
        let answer = ask(&mut link).await;
        (link, answer)
    });
    let mut silence = pin!(tokio::time::sleep(within));
    let done = poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        between();
        match polled {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => silence.as_mut().poll(context).map(|()| None),
        }
    });
    if let Some((link, answer)) = done.await {
        return (Some(link), answer);
    }
    // It ends by itself, or with the program.
    tokio::spawn(work);
    let waited = within.as_secs_f32();
    let doing = format!("waiting for {waited:.0} seconds for an answer");
    (None, Err(Trouble::new(TroubleKind::ConnectionLost, doing)))
}

/// What a session says that has lost its connection.
pub(super) fn over() -> Trouble {
    Trouble::new(
        TroubleKind::ConnectionLost,
        "using a connection that is lost",
    )
}
