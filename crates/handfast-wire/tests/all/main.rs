//! The wire types against published bytes, broken bytes and random bytes.

#[cfg(test)]
mod classic;
#[cfg(test)]
mod cover;
#[cfg(test)]
mod ech;
#[cfg(test)]
mod extensions;
#[cfg(test)]
mod hold;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recorder;
#[cfg(test)]
mod ssl2;
#[cfg(test)]
mod traces;
