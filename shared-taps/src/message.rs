//! What stations and readers say to each other: a packet a message.

use crate::id::TapId;

/// In front of every packet: "TW" and the version.
const MAGIC: [u8; 3] = *b"TW\x01";
/// The longest text, bytes.
const MAX_TEXT: usize = 200;
/// The longest packet, bytes.
pub(crate) const MAX_PACKET: usize = 4 + 16 + 2 * (1 + MAX_TEXT);

/// Of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// Tell me of your taps, now and when they change.
    List,
    /// Give me the ring of this one, for as long as the connection lasts.
    Listen(TapId),
}

/// Of a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There is a tap, or it has another name now.
    Tap { id: TapId, plugin: String, track: String },
    /// It has gone.
    Gone(TapId),
    /// Its ring comes with this packet.
    Ring,
    /// There is none to be had.
    Refused,
}

/// What may be shown of a text that came from outside: one line, and not too long.
pub(crate) fn cleaned(text: &str) -> String {
    let mut cleaned = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if cleaned.len() + c.len_utf8() > MAX_TEXT {
            break;
        }
        cleaned.push(c);
    }
    cleaned.trim().to_owned()
}

fn packet(kind: u8) -> Vec<u8> {
    let mut packet = MAGIC.to_vec();
    packet.push(kind);
    packet
}

fn put_text(packet: &mut Vec<u8>, text: &str) {
    let text = cleaned(text);
    // At most 200.
    packet.push(text.len() as u8);
    packet.extend_from_slice(text.as_bytes());
}

/// Reads a packet from its front.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The kind of a packet of this version.
    fn kind(&mut self) -> Option<u8> {
        (self.take(MAGIC.len())? == MAGIC).then_some(())?;
        self.take(1).map(|kind| kind[0])
    }

    fn id(&mut self) -> Option<TapId> {
        self.take(16)?.try_into().ok().map(TapId)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.take(1)?[0]);
        std::str::from_utf8(self.take(length)?).ok().map(cleaned)
    }

    /// What was read, if nothing is left.
    fn end<T>(self, read: T) -> Option<T> {
        self.0.is_empty().then_some(read)
    }
}

impl Request {
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::List => packet(1),
            Self::Listen(id) => [packet(2), id.0.to_vec()].concat(),
        }
    }

    /// `None` for what is none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let request = match rest.kind()? {
            1 => Self::List,
            2 => Self::Listen(rest.id()?),
            _ => return None,
        };
        rest.end(request)
    }
}

impl Answer {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Tap { id, plugin, track } => {
                let mut packet = [packet(1), id.0.to_vec()].concat();
                put_text(&mut packet, plugin);
                put_text(&mut packet, track);
                packet
            }
            Self::Gone(id) => [packet(2), id.0.to_vec()].concat(),
            Self::Ring => packet(3),
            Self::Refused => packet(4),
        }
    }

    /// `None` for what is none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let answer = match rest.kind()? {
            1 => Self::Tap { id: rest.id()?, plugin: rest.text()?, track: rest.text()? },
            2 => Self::Gone(rest.id()?),
            3 => Self::Ring,
            4 => Self::Refused,
            _ => return None,
        };
        rest.end(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TapId = TapId([7; 16]);

    #[test]
    fn messages_come_back_as_they_were() {
        for request in [Request::List, Request::Listen(ID)] {
            assert_eq!(Request::decode(&request.encode()), Some(request));
        }
        let long = "ä".repeat(1000);
        let tap = |plugin: &str, track: &str| Answer::Tap { id: ID, plugin: plugin.into(), track: track.into() };
        for answer in [tap("Twobus Glue", "Drums"), tap("", ""), Answer::Gone(ID), Answer::Ring, Answer::Refused] {
            assert!(answer.encode().len() <= MAX_PACKET);
            assert_eq!(Answer::decode(&answer.encode()), Some(answer));
        }
        let read = Answer::decode(&tap(&long, "two\nlines\u{7}").encode());
        assert_eq!(read, Some(tap(&long[..MAX_TEXT], "two lines")));
        assert!(tap(&long, &long).encode().len() <= MAX_PACKET);
    }

    #[test]
    fn what_is_cut_short_or_foreign_is_no_message() {
        let whole = Answer::Tap { id: ID, plugin: "Twobus EQ".into(), track: "Bass".into() }.encode();
        for length in 0..whole.len() {
            assert_eq!(Answer::decode(&whole[..length]), None, "{length} bytes of {}", whole.len());
        }
        assert_eq!(Answer::decode(&[whole.clone(), vec![0]].concat()), None, "and a byte too many");
        for at in 0..4 {
            let mut foreign = whole.clone();
            foreign[at] ^= 0x40;
            assert_eq!(Answer::decode(&foreign), None, "byte {at}");
        }
        let mut bad_text = whole;
        bad_text[21] = 0xff;
        assert_eq!(Answer::decode(&bad_text), None, "text that is no UTF-8");
        assert_eq!(Request::decode(&[]), None);
        assert_eq!(Request::decode(b"TW\x01\x09"), None);
    }
}
