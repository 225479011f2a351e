//! The two functions of the module.
//!
//! The page writes a question where [`room`] says, and calls [`ask`], which returns where the answer lies ([`Answer::words`]). Both buffers belong to
//! the module and stay in place until the next call, so that nothing has to be released, and neither side follows a pointer of the other
//! into foreign memory. The only thing about it that Rust calls unsafe is that the names of the functions are chosen here.
//!
//! [`Answer::words`]: crate::Answer

use std::cell::RefCell;

thread_local! {
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a question of `length` bytes, and returns where it begins.
#[allow(unsafe_code, reason = "no other function of the module has this name")]
#[unsafe(no_mangle)]
extern "C" fn room(length: usize) -> *mut u8 {
    QUESTION.with_borrow_mut(|question| {
        question.clear();
        question.resize(length, 0);
        question.as_mut_ptr()
    })
}

/// Answers the question of `length` bytes that was written there, and returns where the answer begins.
#[allow(unsafe_code, reason = "no other function of the module has this name")]
#[unsafe(no_mangle)]
extern "C" fn ask(length: usize) -> *const u64 {
    let words = QUESTION.with_borrow(|question| {
        let bytes = question.get(..length).unwrap_or_default();
        crate::ask(&String::from_utf8_lossy(bytes)).words()
    });
    ANSWER.with_borrow_mut(|answer| {
        *answer = words;
        answer.as_ptr()
    })
}
