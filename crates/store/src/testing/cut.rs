//! Stopping a future at a crash point, to drop it there or to let it go on later.
//!
//! Dropping is what a killed process leaves behind, as far as the database and the outside world can tell; going on much
//! later is a process that was suspended while its leases ran out. Points are counted, not polls, so the same number
//! stops at the same place in every run.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::crash::BEFORE_COMMIT;

thread_local! {
    /// The cut of the future that is being polled on this thread.
    static POLLED: RefCell<Option<Rc<RefCell<State>>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct State {
    left: u64,
    with_open_transaction: bool,
    stopped_at: Option<&'static str>,
    waiting: Vec<Waker>,
}

/// A future that stops at a crash point.
pub struct Cut<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    state: Rc<RefCell<State>>,
}

/// How far a run came.
pub enum Ran<'a, T> {
    /// To its end, before the point was reached.
    Through(T),
    /// To the point of this name. Dropping it is death; [`Cut::go_on`] wakes it.
    Stopped(&'static str, Cut<'a, T>),
}

impl<'a, T> Cut<'a, T> {
    /// Runs `future` up to its `point`-th crash point, counted from 1. With `may_hold` it never stops inside of a
    /// transaction, where it would keep the rest of the world waiting.
    pub async fn at(point: u64, may_hold: bool, future: impl Future<Output = T> + 'a) -> Ran<'a, T> {
        let state =
            State { left: point, with_open_transaction: !may_hold, stopped_at: None, waiting: Vec::new() };
        Self { future: Box::pin(future), state: Rc::new(RefCell::new(state)) }.run().await
    }

    /// Lets a stopped future go on to its end.
    pub async fn go_on(self) -> Ran<'a, T> {
        {
            let mut state = self.state.borrow_mut();
            state.stopped_at = None;
            state.waiting.drain(..).for_each(Waker::wake);
        }
        self.run().await
    }

    async fn run(mut self) -> Ran<'a, T> {
        let outcome = poll_fn(|context: &mut Context<'_>| {
            let before = POLLED.replace(Some(Rc::clone(&self.state)));
            let polled = self.future.as_mut().poll(context);
            POLLED.set(before);
            match (polled, self.state.borrow().stopped_at) {
                (Poll::Ready(value), _) => Poll::Ready(Ok(value)),
                (Poll::Pending, Some(name)) => Poll::Ready(Err(name)),
                (Poll::Pending, None) => Poll::Pending,
            }
        })
        .await;
        match outcome {
            Ok(value) => Ran::Through(value),
            Err(name) => Ran::Stopped(name, self),
        }
    }
}

/// Passes a point: at once, unless a cut stops here.
pub(crate) async fn pass(name: &'static str) {
    let mut arrived = false;
    poll_fn(|context| {
        POLLED.with_borrow(|cut| {
            let Some(state) = cut else { return Poll::Ready(()) };
            let mut state = state.borrow_mut();
            if !arrived {
                arrived = true;
                state.arrive(name);
            }
            if state.stopped_at.is_none() {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

impl State {
    fn arrive(&mut self, name: &'static str) {
        if self.left == 0 || (name == BEFORE_COMMIT && self.left == 1 && !self.with_open_transaction) {
            return;
        }
        self.left -= 1;
        if self.left == 0 {
            self.stopped_at = Some(name);
        }
    }
}
