//! Reads `application/x-www-form-urlencoded` with Stripe's nesting: `line_items[0][price_data][currency]=eur`.

use super::error::ApiError;

/// Deeper nesting than any call has.
const DEPTH_LIMIT: usize = 12;
/// More parameters than any honest call sends.
const PARAMETER_LIMIT: usize = 1000;

/// One node of the nested form; children keep the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Leaf(String),
    Branch(Vec<(String, Node)>),
}

/// Parses a query or body into the tree of its parameters.
pub(crate) fn parse(encoded: &str) -> Result<Vec<(String, Node)>, ApiError> {
    let mut root = Vec::new();
    for (count, pair) in encoded.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= PARAMETER_LIMIT {
            return Err(ApiError::invalid("Too many parameters."));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        let path = split_name(&name)?;
        insert(&mut root, &path, value)
            .map_err(|()| ApiError::invalid(format!("Invalid parameter: {name}")))?;
    }
    Ok(root)
}

/// `a[b][0]` is the path `a`, `b`, `0`; `a[]` ends in an empty part, which numbers itself.
fn split_name(name: &str) -> Result<Vec<&str>, ApiError> {
    let malformed = || ApiError::invalid(format!("Invalid parameter name: {name}"));
    let (first, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    if first.is_empty() {
        return Err(malformed());
    }
    let mut path = vec![first];
    while !rest.is_empty() {
        let (part, after) =
            rest.strip_prefix('[').and_then(|inner| inner.split_once(']')).ok_or_else(malformed)?;
        path.push(part);
        rest = after;
        if path.len() > DEPTH_LIMIT {
            return Err(malformed());
        }
    }
    Ok(path)
}

fn insert(children: &mut Vec<(String, Node)>, path: &[&str], value: String) -> Result<(), ()> {
    let Some((&first, rest)) = path.split_first() else { return Err(()) };
    let key = if first.is_empty() { children.len().to_string() } else { first.to_owned() };
    let position = children.iter().position(|(name, _)| *name == key);
    if rest.is_empty() {
        // A parameter given twice: the later one counts.
        match position {
            Some(at) => children[at].1 = Node::Leaf(value),
            None => children.push((key, Node::Leaf(value))),
        }
        return Ok(());
    }
    let at = position.unwrap_or_else(|| {
        children.push((key, Node::Branch(Vec::new())));
        children.len() - 1
    });
    match &mut children[at].1 {
        Node::Branch(inner) => insert(inner, rest, value),
        Node::Leaf(_) => Err(()),
    }
}

/// Undoes percent encoding and `+`.
pub(crate) fn decode(encoded: &str) -> Result<String, ApiError> {
    let malformed = || ApiError::invalid("Invalid URL encoding in the request's parameters.");
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or_else(malformed);
                let value = digit()? * 16 + digit()?;
                u8::try_from(value).map_err(|_| malformed())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::{Node, parse};

    fn leaf(value: &str) -> Node {
        Node::Leaf(value.to_owned())
    }

    #[test]
    fn nested_names_become_a_tree() {
        let tree = parse("a=1&b%5Bc%5D=two+words&d[0][e]=x&d[1][e]=%C3%A9&f[]=p&f[]=q").unwrap();
        assert_eq!(
            tree,
            vec![
                ("a".to_owned(), leaf("1")),
                ("b".to_owned(), Node::Branch(vec![("c".to_owned(), leaf("two words"))])),
                (
                    "d".to_owned(),
                    Node::Branch(vec![
                        ("0".to_owned(), Node::Branch(vec![("e".to_owned(), leaf("x"))])),
                        ("1".to_owned(), Node::Branch(vec![("e".to_owned(), leaf("é"))])),
                    ])
                ),
                (
                    "f".to_owned(),
                    Node::Branch(vec![("0".to_owned(), leaf("p")), ("1".to_owned(), leaf("q"))])
                ),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_never_a_guess() {
        for bad in
            ["a[b=1", "[a]=1", "a=1&a[b]=2", "a=%zz", "a=%ff", "a=%f", &format!("a{}=1", "[b]".repeat(20))]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
