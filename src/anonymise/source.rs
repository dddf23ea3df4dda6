//! Where chance comes from.

/// The source of randomness failed; nothing may be made up instead.
pub type Failed = getrandom::Error;

/// A source of unpredictable bytes.
pub trait Random {
    /// Fills all of the bytes.
    ///
    /// # Errors
    /// The source has none to give. The bytes are then not to be used: a value made from them could be predicted.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failed>;
}

/// The operating system's generator; no seed of ours, so that no value can be made a second time.
#[derive(Debug, Clone, Copy)]
pub struct OperatingSystem;

impl Random for OperatingSystem {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failed> {
        getrandom::fill(bytes)
    }
}

/// One number below `count`, each as likely as another (but for one part in 2^64; `count` is below 2^64).
pub(super) fn below(count: u128, random: &mut dyn Random) -> Result<u128, Failed> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(u128::from_le_bytes(bytes) % count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operating_system_gives_other_bytes_each_time() {
        let (mut first, mut second) = ([0; 16], [0; 16]);
        assert!(OperatingSystem.fill(&mut first).is_ok());
        assert!(OperatingSystem.fill(&mut second).is_ok());
        assert_ne!(first, second);
    }

    #[test]
    fn a_number_stays_below_its_bound() {
        for count in [1, 2, 3, 10] {
            for _ in 0..50 {
                assert!(below(count, &mut OperatingSystem).is_ok_and(|one| one < count));
            }
        }
    }
}
