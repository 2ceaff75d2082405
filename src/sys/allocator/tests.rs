//! Blocks have the right size, the right alignment, and one owner.

use super::*;

#[test]
fn every_size_has_the_smallest_block_that_holds_it() {
    for size in 0..=LARGEST {
        let number = size_number(size);
        assert!(number < SIZES, "{size}");
        assert!(size_of_number(number) >= size, "{size}");
        assert!(number == 0 || size_of_number(number - 1) < size, "{size}");
        assert!(size_of_number(number).is_multiple_of(UNIT));
    }
    assert_eq!(size_of_number(SIZES - 1), LARGEST);
}

/// All sizes, from several threads, until the pieces are used up and beyond.
#[test]
fn no_block_is_given_twice() {
    let use_it = |seed: usize| {
        let mut blocks: Vec<(*mut u8, Layout, u8)> = Vec::new();
        // SAFETY: each block is used within its size, and freed once with its layout.
        unsafe {
            for round in 0..20_000 {
                let choice = (round * 7919 + seed * 104_729) % 1009;
                let byte = (round % 251) as u8;
                match choice % 4 {
                    0 if !blocks.is_empty() => {
                        let (block, layout, byte) = blocks.swap_remove(choice % blocks.len());
                        assert!(std::slice::from_raw_parts(block, layout.size()).iter().all(|is| *is == byte));
                        Allocator.dealloc(block, layout);
                    }
                    1 if !blocks.is_empty() => {
                        let at = choice % blocks.len();
                        let (block, layout, byte) = blocks[at];
                        let new = Allocator.realloc(block, layout, choice + 1);
                        let kept = layout.size().min(choice + 1);
                        assert!(std::slice::from_raw_parts(new, kept).iter().all(|is| *is == byte));
                        new.write_bytes(byte, choice + 1);
                        blocks[at] = (new, Layout::from_size_align(choice + 1, layout.align()).unwrap(), byte);
                    }
                    kind => {
                        let size = 1 + if choice % 16 == 2 { choice * 32 } else { choice };
                        let layout = Layout::from_size_align(size, 1 << (choice % 6)).unwrap();
                        let block = if kind == 2 { Allocator.alloc_zeroed(layout) } else { Allocator.alloc(layout) };
                        assert!(block.addr().is_multiple_of(layout.align()));
                        if kind == 2 {
                            assert!(std::slice::from_raw_parts(block, size).iter().all(|is| *is == 0));
                        }
                        block.write_bytes(byte, size);
                        blocks.push((block, layout, byte));
                    }
                }
            }
            for (block, layout, byte) in blocks {
                assert!(std::slice::from_raw_parts(block, layout.size()).iter().all(|is| *is == byte));
                Allocator.dealloc(block, layout);
            }
        }
    };
    std::thread::scope(|scope| (1..=4).for_each(|seed| _ = scope.spawn(move || use_it(seed))));
    assert!(!SECOND_AT.load(Ordering::Relaxed).is_null());
}
