use crate::bench::*;
use holdfast_domain::Code;
use holdfast_engine::Error;
use holdfast_engine::store::Destination;
use holdfast_test_cloud::Fault;
use std::io::{Read, Seek, SeekFrom};

const LENGTH: u64 = 24 << 20;

fn fetched(bench: &Bench) -> (usize, u64) {
    let asked = bench.proxy.take_asked();
    let ranges: Vec<_> = asked.iter().filter_map(|asked| asked.range).collect();
    (ranges.len(), ranges.iter().map(|(start, end)| end - start).sum())
}

#[test]
fn a_few_places_of_an_archive_cost_little() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(LENGTH);
    copy_in(&cloud, &bytes).unwrap();
    bench.proxy.take_asked();
    let medium = cloud.open(&archive()).unwrap();
    assert_eq!(medium.length(), LENGTH);
    // As an archive is opened, twice: its first lines, its end, its list, a file.
    for _ in 0..2 {
        let mut reader = medium.open().unwrap();
        for (place, length) in
            [(0, 200), (LENGTH - 70_000, 70_000), (LENGTH - 2_000_000, 100_000), (9_000_000, 300_000)]
        {
            let mut part = vec![0; length];
            reader.seek(SeekFrom::Start(place)).unwrap();
            reader.read_exact(&mut part).unwrap();
            assert_eq!(part, bytes[place as usize..][..length]);
        }
        assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), LENGTH);
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
        assert!(reader.seek(SeekFrom::Current(-1 - LENGTH as i64)).is_err());
    }
    let (requests, bytes) = fetched(&bench);
    assert!(requests <= 12 && bytes < 4 << 20, "{requests} requests, {bytes} bytes");
}

#[test]
fn reading_on_takes_few_requests_and_each_byte_once() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(LENGTH);
    copy_in(&cloud, &bytes).unwrap();
    bench.proxy.take_asked();
    let medium = cloud.open(&archive()).unwrap();
    let mut all = Vec::new();
    medium.open().unwrap().read_to_end(&mut all).unwrap();
    assert!(all == bytes);
    let (requests, bytes) = fetched(&bench);
    assert!(requests <= 12, "{requests}");
    assert_eq!(bytes, LENGTH);
}

#[test]
fn readers_on_threads_do_not_disturb_one_another() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    let bytes = content(3 << 20);
    copy_in(&cloud, &bytes).unwrap();
    let medium = cloud.open(&archive()).unwrap();
    std::thread::scope(|scope| {
        for number in 0..4_u64 {
            let (medium, bytes) = (&medium, &bytes);
            scope.spawn(move || {
                let mut reader = medium.open().unwrap();
                for step in 0..20_u64 {
                    let place = (number * 700_001 + step * 150_011) % (bytes.len() as u64 - 5000);
                    let mut part = [0; 5000];
                    reader.seek(SeekFrom::Start(place)).unwrap();
                    reader.read_exact(&mut part).unwrap();
                    assert_eq!(part, bytes[place as usize..][..5000]);
                }
            });
        }
    });
}

#[test]
fn what_goes_wrong_while_reading_keeps_its_meaning() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    copy_in(&cloud, &content(1 << 20)).unwrap();
    let medium = cloud.open(&archive()).unwrap();
    for (status, code) in [
        (503, Code::CloudUnreachable),
        (403, Code::AccessRefused),
        (404, Code::ArchiveMissing),
        (412, Code::InputOutput),
    ] {
        bench.proxy.fail(move |_| Some(Fault::Answer { status, body: String::new() }));
        let error = medium.open().unwrap().read(&mut [0; 10]).unwrap_err();
        assert_eq!(Error::io("x", error).code(), code, "{status}");
    }
    bench.proxy.heal();
    assert_eq!(medium.open().unwrap().read(&mut [0; 10]).unwrap(), 10);
}
