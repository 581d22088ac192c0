//! A transport that keeps the error it broke with: on its way through HTTP
//! libraries an error may lose all but its words.

use crate::failure::Failure;
use handfast::Error;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A transport under watch.
pub(super) struct Noted<T> {
    inner: T,
    note: Note,
}

/// The first error of a transport.
#[derive(Clone, Debug, Default)]
pub(super) struct Note(Arc<Mutex<Option<Broken>>>);

/// How it broke, and why, where TLS knows.
type Broken = (ErrorKind, Option<Error>);

impl Note {
    /// Puts a transport under watch.
    pub(super) fn watch<T>(&self, inner: T) -> Noted<T> {
        Noted {
            inner,
            note: self.clone(),
        }
    }

    /// Why a request failed: what the transport broke with, or else what HTTP says.
    pub(super) fn failure(
        &self,
        target: &str,
        phase: &'static str,
        error: &hyper::Error,
    ) -> Failure {
        let note = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match note {
            Some((kind, Some(tls))) => Failure::broken(target, phase, &io::Error::new(kind, tls)),
            Some((kind @ ErrorKind::UnexpectedEof, None)) => {
                Failure::broken(target, phase, &io::Error::new(kind, error.to_string()))
            }
            _ => Failure::broken(target, phase, error),
        }
    }

    fn take<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &result {
            let tls = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<Error>())
                .copied();
            let mut note = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // An alert says more than the broken pipe that came before it.
            if note.is_none_or(|(_, known)| known.is_none() && tls.is_some()) {
                *note = Some((error.kind(), tls));
            }
        }
        result
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Noted<T> {
    /// A peer that hangs up while we write may have said why.
    fn write<R>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if let Poll::Ready(Err(_)) = &result {
            let mut scratch = [0; 256];
            let heard = Pin::new(&mut self.inner).poll_read(cx, &mut ReadBuf::new(&mut scratch));
            let _ = self.note.take(heard);
        }
        self.note.take(result)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Noted<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_read(cx, out);
        this.note.take(result)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Noted<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write(cx, data);
        this.write(cx, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.write(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_flush(cx);
        this.write(cx, result)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
