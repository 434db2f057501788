//! Sends one file as one object, in parts, going on with what an earlier attempt got across. The object appears whole
//! at the end, or not at all.
use super::exchange::Exchange;
use super::remote::{Remote, TICK};
use super::unfinished::{Part, Unfinished, Uploads};
use crate::error::{Error, Result};
use crate::jobs::Job;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use holdfast_domain::{ArchiveName, Code};
use object_store::PutPayload;
use object_store::multipart::PartId;
use object_store::path::Path as Key;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

/// The content is handed to the system in such pieces, so that progress is seen within a part.
const PIECE: usize = 64 << 10;

/// The note of what got across is written about that often, at most after every part.
const SAVES: u64 = 500;

pub struct Upload<'a> {
    pub remote: &'a Remote,
    pub uploads: &'a Uploads,
    pub archive: &'a ArchiveName,
    pub key: Key,
    pub length: u64,
    pub sha256: [u8; 32],
    pub job: &'a Job,
}

/// Whether the service itself said that the object is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Confirmed,
    /// The answer was lost, and the object is there: it has to be read to know.
    Probably,
}

/// A part under way.
struct Flight {
    exchange: Arc<Exchange>,
    length: u64,
    reported: u64,
}

impl Upload<'_> {
    /// Adds the file's bytes to the job as they go out. After an error or a cancel the next call goes on where this one
    /// stopped; `Code::ChecksumMismatch` where the file is not what it should be, and then nothing is left of it.
    pub fn run(&self, source: &mut (impl Read + Seek)) -> Result<Sent> {
        let part_bytes = self.remote.tuning.part_of(self.length);
        if self.length <= part_bytes {
            return self.whole(source);
        }
        let object = self.remote.name(&self.key);
        let known = self.uploads.load(self.archive);
        let mut unfinished = match known {
            Some(unfinished) if unfinished.is_of(&object, self.length, &self.sha256) => unfinished,
            other => {
                self.abandon(other)?;
                self.begin(object.clone(), part_bytes)?
            }
        };
        let resumed = !unfinished.parts.is_empty();
        match self.send(&mut unfinished, source) {
            // The service forgets uploads after a while, and some providers have rules that end them.
            Err(e) if resumed && e.code() == Code::ArchiveMissing => {
                self.uploads.forget(self.archive)?;
                let mut anew = self.begin(object, part_bytes)?;
                self.send(&mut anew, source)
            }
            Err(e) if e.code() == Code::ChecksumMismatch => {
                self.abandon(Some(unfinished))?;
                Err(e)
            }
            other => other,
        }
    }

    fn begin(&self, object: String, part_bytes: u64) -> Result<Unfinished> {
        let upload = self.remote.start_parts(Some(self.job), &self.key)?;
        let (length, sha256) = (self.length, self.sha256);
        let unfinished = Unfinished { object, length, sha256, part_bytes, upload, parts: BTreeMap::new() };
        self.uploads.save(self.archive, &unfinished)?;
        Ok(unfinished)
    }

    /// Throws away what the service has of an upload that will not be finished.
    fn abandon(&self, unfinished: Option<Unfinished>) -> Result<()> {
        if let Some(unfinished) = unfinished.filter(|u| u.object == self.remote.name(&self.key)) {
            self.remote.abandon_parts(&self.key, &unfinished.upload)?;
        }
        self.uploads.forget(self.archive)
    }

    /// A small file, in one request.
    fn whole(&self, source: &mut (impl Read + Seek)) -> Result<Sent> {
        self.abandon(self.uploads.load(self.archive))?;
        let content = self.read(source, 0..self.length)?;
        if Sha256::digest(&content).as_slice() != self.sha256 {
            return Err(self.not_the_file());
        }
        self.remote.put(Some(self.job), &self.key, content)?;
        self.job.add_bytes(self.length);
        Ok(Sent::Confirmed)
    }

    fn send(&self, unfinished: &mut Unfinished, source: &mut (impl Read + Seek)) -> Result<Sent> {
        let sent = self.remote.wait(None, self.send_parts(unfinished, source)).flatten();
        if sent.is_err() {
            // What got across shall not be sent again, whatever stopped the rest. The first error is the one to tell.
            let _ = self.uploads.save(self.archive, unfinished);
        }
        sent?;
        let parts = unfinished.parts.values().map(|part| PartId { content_id: part.id.clone() }).collect();
        let exchange = Arc::new(Exchange::default());
        let complete = self.remote.parts.complete_multipart(&self.key, &unfinished.upload, parts);
        let sent = match self.remote.wait(Some(self.job), exchange.during(complete))? {
            Ok(_) => Sent::Confirmed,
            // Where only the answer was lost, the repeated request is told that there is no such upload.
            Err(e) => match self.remote.find(Some(self.job), &self.key) {
                Ok(Some(found)) if found.length == self.length => Sent::Probably,
                _ => return Err(self.remote.explained(&self.key, &e, &exchange)),
            },
        };
        self.uploads.forget(self.archive)?;
        Ok(sent)
    }

    async fn send_parts(&self, unfinished: &mut Unfinished, source: &mut (impl Read + Seek)) -> Result<()> {
        let most = self.remote.tuning.parts_under_way(unfinished.part_bytes);
        let mut whole = Sha256::new();
        let mut under_way = FuturesUnordered::new();
        let mut flights: BTreeMap<u64, Flight> = BTreeMap::new();
        let (mut next, count) = (0, unfinished.part_count());
        loop {
            while next < count && under_way.len() < most {
                self.job.checkpoint()?;
                let bytes = self.read(source, unfinished.part_range(next))?;
                whole.update(&bytes);
                let (number, length, content) = (next, bytes.len() as u64, *blake3::hash(&bytes).as_bytes());
                next += 1;
                match unfinished.parts.get(&number) {
                    Some(part) if part.content == content => self.job.add_bytes(length),
                    Some(_) => return Err(self.not_the_file()),
                    None => {
                        let exchange = Arc::new(Exchange::default());
                        flights.insert(number, Flight { exchange: exchange.clone(), length, reported: 0 });
                        let upload = unfinished.upload.clone();
                        under_way.push(async move {
                            let payload = pieces(&bytes).collect::<PutPayload>();
                            let put = self.remote.parts.put_part(&self.key, &upload, number as usize, payload);
                            (number, content, exchange.during(put).await)
                        });
                    }
                }
            }
            if under_way.is_empty() {
                break;
            }
            let done = tokio::time::timeout(TICK, under_way.next()).await;
            if let Ok(Some((number, content, answer))) = done {
                let flight = flights.remove(&number);
                let id = answer.map_err(|e| {
                    let exchange = flight.as_ref().map(|f| f.exchange.clone()).unwrap_or_default();
                    self.remote.explained(&self.key, &e, &exchange)
                })?;
                self.job.add_bytes(flight.map_or(0, |f| f.length - f.reported));
                unfinished.parts.insert(number, Part { id: id.content_id, content });
                if (unfinished.parts.len() as u64).is_multiple_of(1 + count / SAVES) {
                    self.uploads.save(self.archive, unfinished)?;
                }
            }
            for flight in flights.values_mut() {
                let sent = flight.exchange.sent().min(flight.length);
                self.job.add_bytes(sent - flight.reported);
                flight.reported = sent;
            }
            self.job.checkpoint()?;
        }
        if whole.finalize().as_slice() == self.sha256 { Ok(()) } else { Err(self.not_the_file()) }
    }

    fn read(&self, source: &mut (impl Read + Seek), range: std::ops::Range<u64>) -> Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let subject = self.archive.file_name();
        source.seek(SeekFrom::Start(range.start)).map_err(|e| Error::io(&subject, e))?;
        source.read_exact(&mut bytes).map_err(|e| Error::io(&subject, e))?;
        Ok(bytes.into())
    }

    fn not_the_file(&self) -> Error {
        Error::new(Code::ChecksumMismatch, self.archive, "its file is not what was written when it was made")
    }
}

fn pieces(bytes: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    (0..bytes.len()).step_by(PIECE).map(|start| bytes.slice(start..bytes.len().min(start + PIECE)))
}
