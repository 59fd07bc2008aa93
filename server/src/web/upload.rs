//! Reading a form that carries files (`multipart/form-data`, RFC 7578), as browsers send it.

use axum::http::{HeaderMap, header};

/// One field of such a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The field.
    pub name: String,
    /// What the file is called where it came from; only ever shown. None where the field is no file.
    pub file_name: Option<String>,
    /// What is in it.
    pub content: &'a [u8],
}

/// The longest boundary that RFC 2046 allows.
const BOUNDARY_MAX: usize = 70;
/// More fields than any form of ours has.
const PARTS_MAX: usize = 20;

/// The fields of a form. `None` where the body is no such form, or is not whole.
pub fn parts<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = kind.split_once(';')?;
    let boundary = parameter(parameters, "boundary")?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data")
        || !(1..=BOUNDARY_MAX).contains(&boundary.len())
    {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let closing = format!("\r\n{delimiter}");
    let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    let mut parts = Vec::new();
    // Each field stands between two delimiters; the last is followed by two dashes.
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").filter(|_| parts.len() < PARTS_MAX)?;
        let end = find(part, closing.as_bytes())?;
        let inside = &part[..end];
        rest = &part[end + closing.len()..];
        let split = find(inside, b"\r\n\r\n")?;
        let (head, content) = (&inside[..split], &inside[split + 4..]);
        let (name, file_name) = names(head)?;
        parts.push(Part { name, file_name, content });
    }
    Some(parts)
}

/// What a field and its file are called; the file without the folders that some browsers send with it.
fn names(head: &[u8]) -> Option<(String, Option<String>)> {
    let head = String::from_utf8_lossy(head);
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let file_name = parameter(disposition, "filename").map(|name| {
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        name.chars().filter(|c| !c.is_control()).collect()
    });
    Some((parameter(disposition, "name")?, file_name))
}

/// The value of a parameter of a header: `; name="value"` or `; name=value`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').find_map(|piece| {
        let (name, value) = piece.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        headers
    }

    #[test]
    fn the_fields_of_a_form_are_told_apart() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"account\"\r\n\r\nEUR\r\n--xyz\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"C:\\bank\\march.csv\"\r\nContent-Type: text/csv\r\n\r\n\
            a;b\r\n1;2\r\n\r\n--xyz--\r\n";
        let found = parts(&headers("multipart/form-data; boundary=xyz"), body).unwrap();
        let file_name = Some("march.csv".to_owned());
        assert_eq!(
            found,
            [
                Part { name: "account".to_owned(), file_name: None, content: b"EUR" },
                Part { name: "file".to_owned(), file_name, content: b"a;b\r\n1;2\r\n" },
            ]
        );
    }

    #[test]
    fn what_is_not_whole_is_no_form() {
        let whole =
            b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1\r\n--x--\r\n";
        let form = headers("multipart/form-data; boundary=x");
        assert!(parts(&form, whole).is_some());
        for length in 0..whole.len() - 2 {
            assert_eq!(parts(&form, &whole[..length]), None, "{length}");
        }
        assert_eq!(parts(&headers("text/csv"), whole), None);
        assert_eq!(parts(&headers("multipart/form-data; boundary="), whole), None);
        let mut many = Vec::new();
        for _ in 0..=PARTS_MAX {
            many.extend_from_slice(b"--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n1\r\n");
        }
        many.extend_from_slice(b"--x--");
        assert_eq!(parts(&form, &many), None);
    }
}
