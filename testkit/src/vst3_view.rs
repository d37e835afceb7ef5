//! A VST3 plugin's window, in a host whose answer to a request for another size can be chosen.
//!
//! The calls are those of Steinberg's *VST 3 API Documentation*, "Edit Controller Call Sequence" and "IPlugFrame"; on Linux
//! a host lends its run loop (`IRunLoop`), and this one polls the descriptors that it was given.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait, ITimerHandler, TimerInterval,
};
use vst3::Steinberg::Vst::IEditControllerTrait;
use vst3::Steinberg::{
    IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewTrait, ViewRect, kInvalidArgument, kNotImplemented,
    kPlatformTypeX11EmbedWindowID, kResultFalse, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use crate::vst3_host::Instance;

/// What the host does when the plugin asks for a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeAnswer {
    /// Gives it within the call, as Ardour does.
    Grant,
    /// Says no.
    Refuse,
    /// Says yes, and gives it later, or never: that is the test's to do ([`View::set_size`]).
    Later,
}

struct Frame {
    answer: Cell<ResizeAnswer>,
    requests: RefCell<Vec<(u32, u32)>>,
    handlers: RefCell<Vec<(ComPtr<IEventHandler>, FileDescriptor)>>,
}

impl Class for Frame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl IPlugFrameTrait for Frame {
    unsafe fn resizeView(&self, view: *mut IPlugView, new_size: *mut ViewRect) -> tresult {
        // SAFETY: the plugin lends both for the call; null is refused.
        let (Some(view), Some(size)) = (unsafe { ComRef::from_raw(view) }, unsafe { new_size.as_mut() }) else {
            return kInvalidArgument;
        };
        self.requests.borrow_mut().push(((size.right - size.left) as u32, (size.bottom - size.top) as u32));
        match self.answer.get() {
            // SAFETY: the plugin's own view, on the thread that it asked on.
            ResizeAnswer::Grant => unsafe { view.onSize(size) },
            ResizeAnswer::Refuse => kResultFalse,
            ResizeAnswer::Later => kResultOk,
        }
    }
}

impl IRunLoopTrait for Frame {
    unsafe fn registerEventHandler(&self, handler: *mut IEventHandler, fd: FileDescriptor) -> tresult {
        // SAFETY: the plugin's handler, or null.
        let Some(handler) = (unsafe { ComRef::from_raw(handler) }) else { return kInvalidArgument };
        self.handlers.borrow_mut().push((handler.to_com_ptr(), fd));
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        self.handlers.borrow_mut().retain(|(known, _)| known.as_ptr() != handler);
        kResultOk
    }

    unsafe fn registerTimer(&self, _handler: *mut ITimerHandler, _interval_ms: TimerInterval) -> tresult {
        kNotImplemented
    }

    unsafe fn unregisterTimer(&self, _handler: *mut ITimerHandler) -> tresult {
        kNotImplemented
    }
}

/// An open window. It must go before its instance does.
pub struct View {
    view: ComPtr<IPlugView>,
    frame: ComWrapper<Frame>,
    /// The plugin keeps a plain pointer to it.
    _frame_pointer: ComPtr<IPlugFrame>,
}

impl View {
    /// Opens the plugin's window inside an X11 window.
    ///
    /// # Errors
    ///
    /// The call that the plugin refused.
    pub fn open(instance: &Instance, parent: u32) -> Result<Self, String> {
        let frame = ComWrapper::new(Frame {
            answer: Cell::new(ResizeAnswer::Grant),
            requests: RefCell::default(),
            handlers: RefCell::default(),
        });
        let frame_pointer = frame.to_com_ptr::<IPlugFrame>().ok_or("no frame")?;
        // SAFETY: calls in the order of the specification, on pointers that are checked; the frame lives as long as the view.
        unsafe {
            let view = ComPtr::from_raw(instance.controller().createView(c"editor".as_ptr())).ok_or("no view")?;
            if view.setFrame(frame_pointer.as_ptr()) != kResultOk {
                return Err("setFrame failed".into());
            }
            if view.attached(parent as usize as *mut c_void, kPlatformTypeX11EmbedWindowID) != kResultOk {
                return Err("attached failed".into());
            }
            Ok(Self { view, frame, _frame_pointer: frame_pointer })
        }
    }

    /// Chooses the answer to the next requests.
    pub fn answer(&self, answer: ResizeAnswer) {
        self.frame.answer.set(answer);
    }

    /// Takes the sizes that the plugin has asked for.
    pub fn take_requests(&self) -> Vec<(u32, u32)> {
        std::mem::take(&mut self.frame.requests.borrow_mut())
    }

    /// Serves the descriptors that have something to say, as an idle host does.
    pub fn pump(&self) {
        let handlers = self.frame.handlers.borrow().clone();
        for (handler, fd) in handlers {
            let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
            // SAFETY: one entry, without waiting; the handler is kept alive by this list.
            unsafe {
                if libc::poll(&raw mut poll, 1, 0) == 1 {
                    handler.onFDIsSet(fd);
                }
            }
        }
    }

    /// The size that the plugin says its window has.
    pub fn size(&self) -> Option<(u32, u32)> {
        let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: a plain call with room for the answer.
        let result = unsafe { self.view.getSize(&raw mut rect) };
        (result == kResultOk).then_some(((rect.right - rect.left) as u32, (rect.bottom - rect.top) as u32))
    }

    /// What the plugin makes of a size that a person drags to; `None` if it takes none.
    pub fn constrained(&self, (width, height): (u32, u32)) -> Option<(u32, u32)> {
        let mut rect = ViewRect { left: 0, top: 0, right: width as i32, bottom: height as i32 };
        // SAFETY: a plain call with room for the answer.
        let result = unsafe { self.view.checkSizeConstraint(&raw mut rect) };
        (result == kResultOk).then_some(((rect.right - rect.left) as u32, (rect.bottom - rect.top) as u32))
    }

    /// Gives the window a size.
    pub fn set_size(&self, (width, height): (u32, u32)) -> bool {
        let mut rect = ViewRect { left: 0, top: 0, right: width as i32, bottom: height as i32 };
        // SAFETY: a plain call.
        unsafe { self.view.onSize(&raw mut rect) == kResultOk }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: the last calls on the view, in the order of the specification.
        unsafe {
            self.view.removed();
            self.view.setFrame(std::ptr::null_mut());
        }
    }
}
