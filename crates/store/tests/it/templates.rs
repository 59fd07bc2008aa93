//! The words a business writes itself.

use domain::Language;
use domain::message::Channel;
use domain::schedule::StepId;
use store::conformance;
use store::templates::{self, TemplateKey, Words};

use crate::world::{World, morning};

fn key(name: &str, language: Language) -> TemplateKey {
    TemplateKey { name: StepId::parse(name).unwrap(), channel: Channel::Email, language }
}

fn words(body: &str) -> Words {
    Words { subject: "Invoice {{ number }}".to_owned(), body: body.to_owned() }
}

conformance! {
    /// A save adds a version, over the one that was read; the newest is in use, and a text can be given back.
    async fn the_newest_version_is_in_use(store: TestStore) {
        let world = World::of(store).await;
        let (business, by) = (world.business, (world.member, morning()));
        let (english, german) = (key("firm", Language::English), key("firm", Language::German));
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(templates::find(&mut tx, business, &english).await.unwrap(), None);

        for (read, body) in [(0, "One."), (1, "Two.")] {
            assert!(templates::save(&mut tx, business, &english, read, Some(&words(body)), by).await.unwrap());
        }
        assert!(templates::save(&mut tx, business, &german, 0, Some(&words("Eins.")), by).await.unwrap());
        assert!(!templates::save(&mut tx, business, &english, 1, Some(&words("Late.")), by).await.unwrap());
        assert!(!templates::save(&mut tx, business, &english, 7, Some(&words("Ahead.")), by).await.unwrap());

        let found = templates::find(&mut tx, business, &english).await.unwrap().unwrap();
        assert_eq!((found.version, found.words), (2, Some(words("Two."))));
        assert_eq!((found.by, found.at, &found.key), (world.member, morning(), &english));

        assert!(templates::save(&mut tx, business, &english, 2, None, by).await.unwrap());
        let all = templates::of_business(&mut tx, business).await.unwrap();
        let all: Vec<_> = all.into_iter().map(|text| (text.key.language, text.version, text.words)).collect();
        assert_eq!(all, [(Language::German, 1, Some(words("Eins."))), (Language::English, 3, None)]);
        assert!(templates::of_business(&mut tx, world.other_business).await.unwrap().is_empty());
    }
}
