//! Cipher strings by dice: the same seed, the same strings.

/// Numbers that follow from a seed (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % end
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// A string of words and names.
    pub(crate) fn string(&mut self, words: &[&str], names: &[&str]) -> String {
        let mut text = String::new();
        if self.below(6) == 0 {
            text.push_str("DEFAULT:");
        }
        for _ in 0..=self.below(7) {
            text.push_str(self.of(&["", "", "", "", "!", "-", "-", "+", "+"]));
            for more in 0..=self.below(5).saturating_sub(2) {
                if more > 0 {
                    text.push('+');
                }
                let kind = self.below(12);
                text.push_str(match kind {
                    0..9 => self.of(words),
                    9 | 10 => self.of(names),
                    _ => "bogus",
                });
            }
            text.push_str(self.of(&[":", ":", ":", ":", ",", " ", ";", "::"]));
            match self.below(12) {
                0 => text.push_str("@STRENGTH:"),
                1 => {
                    let level = self.of(&["0", "1", "2", "3", "4", "5"]);
                    text.push_str(&format!("@SECLEVEL={level}:"));
                }
                _ => {}
            }
        }
        // The command takes what begins so for an option.
        match text.starts_with('-') {
            true => format!(":{text}"),
            false => text,
        }
    }
}
