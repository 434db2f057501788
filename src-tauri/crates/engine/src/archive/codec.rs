//! Varints of the compact index: seven bits a byte, lowest first.
use std::io::{self, Read};

pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Signed numbers near zero stay short.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the index is damaged: {what}"))
}

pub fn byte(input: &mut impl Read) -> io::Result<u8> {
    let mut one = [0];
    input.read_exact(&mut one)?;
    Ok(one[0])
}

pub fn get(input: &mut impl Read) -> io::Result<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let next = byte(input)?;
        if shift == 63 && next > 1 {
            break;
        }
        value |= u64::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(damaged("a number is too long"))
}

pub fn get_signed(input: &mut impl Read) -> io::Result<i64> {
    let value = get(input)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// Reads a counted string of at most `limit` bytes, so that damage cannot ask for all memory.
pub fn get_bytes(input: &mut impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let length = get(input)?;
    if length > limit {
        return Err(damaged("a string is too long"));
    }
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

pub fn array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back(value: u64, signed: i64) {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            put_signed(&mut bytes, signed);
            let mut input = &bytes[..];
            prop_assert_eq!(get(&mut input).unwrap(), value);
            prop_assert_eq!(get_signed(&mut input).unwrap(), signed);
            prop_assert!(input.is_empty());
        }
    }

    #[test]
    fn a_number_without_an_end_is_damage() {
        assert!(get(&mut &[0xff; 11][..]).is_err());
        assert!(get_bytes(&mut &[0xff, 0xff, 0xff, 0x7f][..], 10).is_err());
    }
}
