//! The customer's way in: the link shows and changes nothing, the first form makes it a session.

use domain::InvoiceId;

use super::{OWNER, TestApp};

fn token(link: &str) -> &str {
    link.strip_prefix("/l/").unwrap()
}

#[tokio::test]
async fn looking_changes_nothing_and_acting_makes_a_session() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (_, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    let opened = || async {
        let listed = server::operations::portal::links_of(&app.world.env, &owner, invoice).await.unwrap();
        listed.iter().any(|listed| listed.link.first_used_at.is_some())
    };

    let mut scanner = app.browser();
    let page = scanner.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("1,190.00"), "the invoice is there without any script or cookie");
    assert!(scanner.cookies().is_empty() && !opened().await, "looking leaves no trace");

    let mut customer = app.browser();
    let entered = customer.post("/l/open", &[("link", token(&link)), ("next", "pay")]).await;
    assert_eq!(entered.location, format!("/i/{invoice}/pay"));
    assert!(opened().await && customer.cookies() == ["__Host-dunlin_portal"]);
    assert_eq!(customer.get(&format!("/i/{invoice}")).await.status, 200);

    app.world.clock.advance(chrono::Duration::days(91));
    assert_eq!(
        customer.get(&format!("/i/{invoice}")).await.status,
        404,
        "neither link nor session is for ever"
    );
}

#[tokio::test]
async fn unknown_and_revoked_links_look_the_same() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (_, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    let mut member = app.signed_in(OWNER).await;
    let listed = server::operations::portal::links_of(&app.world.env, &owner, invoice).await.unwrap();
    let revoke = format!("/console/invoices/{invoice}/links/{}/revoke", listed[0].link.id);
    assert_eq!(member.post(&revoke, &[]).await.status, 303);

    let without_nonce = |body: String| body.split("nonce=").next().map(str::to_owned);
    let revoked = app.browser().get(&link).await;
    let unknown = app.browser().get(&format!("/l/{}", "B".repeat(43))).await;
    let nonsense = app.browser().get("/l/nonsense").await;
    assert_eq!([revoked.status, unknown.status, nonsense.status], [404; 3]);
    let pages = [revoked.body, unknown.body, nonsense.body].map(without_nonce);
    assert!(pages[0] == pages[1] && pages[1] == pages[2]);
}

#[tokio::test]
async fn an_expired_link_offers_a_fresh_one_and_names_nobody() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (_, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    app.world.clock.advance(chrono::Duration::days(91));
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    assert!(page.body.contains("•••@morgenrot.example"), "{}", page.body);
    assert!(!page.body.contains("lena@") && !page.body.contains("1,190.00"));
    let open = browser.post("/l/open", &[("link", token(&link))]).await;
    assert_eq!(open.location, link, "a form of an old tab leads to the same page");
    let renewed = browser.post("/l/renew", &[("link", token(&link))]).await;
    assert_eq!(renewed.status, 200);
    for _ in 0..2 {
        assert_eq!(browser.post("/l/renew", &[("link", token(&link))]).await.status, 200);
    }
    assert_eq!(browser.post("/l/renew", &[("link", token(&link))]).await.status, 429);
}

#[tokio::test]
async fn a_link_of_everything_lists_it_and_leads_to_each() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    server::operations::settings::set_stripe_key(env, &owner, "sk_test_abcdefghijklmnop".into())
        .await
        .unwrap();
    let (customer, one) = app.invoice(&owner).await;
    let two = crate::support::issued(env, &owner, customer).await;
    let (stranger, foreign) = app.invoice(&owner).await;
    let everything = app.link_of_everything(&owner, customer).await;
    let all = format!("/c/{customer}");

    let mut scanner = app.browser();
    let page = scanner.get(&everything).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("2,380.00") && page.body.contains("2026-001") && page.body.contains("2026-002")
    );
    assert!(!page.body.contains("2026-003"), "nothing of anyone else");
    assert!(scanner.cookies().is_empty());
    assert_eq!(scanner.get(&all).await.status, 404, "looking opens no session");

    let mut reader = app.browser();
    let (foreign_id, own_id) = (foreign.to_string(), two.to_string());
    let button = |invoice| [("link", token(&everything)), ("invoice", invoice), ("next", "pay")];
    assert_eq!(reader.post("/l/open", &button(&foreign_id)).await.status, 404);
    assert_eq!(reader.post("/l/open", &button(&own_id)).await.location, format!("/i/{two}/pay"));
    assert_eq!(reader.post("/l/open", &[("link", token(&everything))]).await.location, all);

    let page = reader.get(&all).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("/i/{one}/pay")) && page.body.contains(&format!("/i/{two}")));
    let invoice = reader.get(&format!("/i/{one}")).await;
    assert!(invoice.body.contains(&all), "the invoice leads back to all of them");
    for nothing in [format!("/c/{stranger}"), "/c/nonsense".to_owned(), format!("/i/{foreign}")] {
        assert_eq!(reader.get(&nothing).await.status, 404, "{nothing}");
    }

    // A link of one invoice shows that one, and knows of no others.
    let mut narrow = app.browser();
    let link = app.link(&owner, one).await;
    narrow.post("/l/open", &[("link", token(&link))]).await;
    assert_eq!(narrow.get(&all).await.status, 404);
    assert!(!narrow.get(&format!("/i/{one}")).await.body.contains("2026-002"));
}

#[tokio::test]
async fn several_are_paid_at_once_by_a_plain_form() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    server::operations::settings::set_stripe_key(env, &owner, "sk_test_abcdefghijklmnop".into())
        .await
        .unwrap();
    let (customer, one) = app.invoice(&owner).await;
    let two = crate::support::issued(env, &owner, customer).await;
    let (_, foreign) = app.invoice(&owner).await;
    let link = app.link_of_everything(&owner, customer).await;
    let mut reader = app.browser();
    let opened = reader.post("/l/open", &[("link", token(&link)), ("next", "pay-EUR")]).await;
    let pay = format!("/c/{customer}/pay");
    assert_eq!(opened.location, format!("{pay}?currency=EUR"));
    let page = reader.get(&opened.location).await.body;
    assert_eq!(page.matches("type=\"checkbox\"").count(), 3);
    assert!(page.contains("name=\"agreed\""), "the invoices, and the box for keeping the way to pay");
    assert_eq!(page.matches(" checked").count(), 3, "both invoices, and the first way to pay");
    for none in ["?currency=XXX", "", "?currency=USD"] {
        let answer = reader.get(&format!("{pay}{none}")).await;
        assert!(
            answer.status == 404 || answer.location == format!("/c/{customer}"),
            "{none}: {}",
            answer.status
        );
    }

    let (one, two, foreign) = (one.to_string(), two.to_string(), foreign.to_string());
    let amount = format!("{two}.amount");
    let form = |typed: &'static str, excess: &'static str| {
        let fixed = [("currency", "EUR"), ("method", "card"), ("excess", excess)];
        [fixed.to_vec(), vec![("invoice", &one[..]), ("invoice", &two[..]), (&amount[..], typed)]].concat()
    };
    // What is wrong comes back beside its field, with what was typed and what was chosen.
    let refused = reader.post(&pay, &form("1e5", "")).await;
    assert!(refused.location.starts_with(&format!("{pay}?currency=EUR&form=")), "{}", refused.location);
    let page = reader.get(&refused.location).await.body;
    assert!(page.contains("value=\"1e5\"") && page.contains("aria-invalid"), "{page}");
    assert_eq!(page.matches(" checked").count(), 3);
    let none = reader.post(&pay, &[("currency", "EUR"), ("method", "card")]).await;
    assert_eq!(
        reader.get(&none.location).await.body.matches(" checked").count(),
        1,
        "nothing is chosen again"
    );
    let unpayable = [("currency", "EUR"), ("method", "us_bank_account"), ("invoice", &one[..])];
    assert!(reader.post(&pay, &unpayable).await.location.contains("&form="));

    // More than is open is asked about, and can be changed or paid.
    let asked = reader.post(&pay, &form("1290", "")).await;
    assert!(asked.status == 200 && asked.body.contains("€100.00 then becomes your credit"), "{}", asked.body);
    let changed = reader.post(&pay, &form("1290", "change")).await;
    assert!(reader.get(&changed.location).await.body.contains("value=\"1290\""));
    for (typed, excess) in [("1290", "yes"), ("190.00", "")] {
        let paid = reader.post(&pay, &form(typed, excess)).await;
        assert!(paid.status == 303 && paid.location.starts_with("http"), "{typed}: {}", paid.location);
    }
    let theirs = [("currency", "EUR"), ("method", "card"), ("invoice", &foreign[..])];
    assert_eq!(reader.post(&pay, &theirs).await.status, 404);

    // Back from there: each invoice is named, to whoever may see both.
    let attempt = app.world.gateways.account(crate::support::business_of(&owner)).open_checkouts()[0].attempt;
    let back = |home: &str| format!("{home}/return?attempt={}", attempt.unwrap());
    let told = reader.get(&back(&format!("/c/{customer}"))).await.body;
    assert!(told.contains("2026-001") && told.contains("2026-002"), "{told}");
    let narrow_link = app.link(&owner, one.parse().unwrap()).await;
    let mut narrow = app.browser();
    narrow.post("/l/open", &[("link", token(&narrow_link))]).await;
    assert_eq!(narrow.get(&back(&format!("/i/{one}"))).await.status, 404, "it tells of the other too");
    assert_eq!(narrow.get(&format!("{pay}?currency=EUR")).await.status, 404);
}

#[tokio::test]
async fn pages_speak_the_readers_language() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (_, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    let member = app.signed_in(OWNER).await;
    let asking = |path: &str, language: &str| {
        let request = member.request("GET", path).header("accept-language", language);
        let mut browser = member.clone();
        async move { browser.send(request).await.body }
    };
    // The console and what strangers see: by the browser.
    for (path, english, german) in [
        ("/console", "<html lang=\"en-GB\"", "<html lang=\"de-DE\""),
        ("/console/invoices/new", "Save draft", "Entwurf speichern"),
        ("/nothing-here", "There is nothing here", "Hier ist nichts"),
    ] {
        assert!(asking(path, "en-GB,en;q=0.9").await.contains(english), "{path}");
        assert!(asking(path, "de,en;q=0.9").await.contains(german), "{path}");
        assert!(asking(path, "fr-FR,fr;q=0.9").await.contains(english), "{path} for whom nobody speaks to");
    }
    // A customer's page: by the customer, whatever the browser says.
    assert!(asking(&link, "de").await.contains("Open amount"));
}

#[tokio::test]
async fn guesses_are_slowed_down() {
    let app = TestApp::start().await;
    app.business().await;
    let mut browser = app.browser();
    let mut last = 0;
    for guess in 0..61 {
        last = browser.get(&format!("/l/{guess:0>43}")).await.status;
        assert_eq!(last == 429, guess == 60, "{guess}");
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_bad_amount_comes_back_beside_its_field() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    server::operations::settings::set_stripe_key(env, &owner, "sk_test_abcdefghijklmnop".into())
        .await
        .unwrap();
    let (_, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    let mut customer = app.browser();
    customer.post("/l/open", &[("link", token(&link))]).await;
    let pay = format!("/i/{invoice}/pay");
    for amount in ["", "lots", "-5", "0", "1e3", "99999999999999999999", "1.001"] {
        let form = [("method", "card"), ("share", "part"), ("amount", amount)];
        let refused = customer.post(&pay, &form).await;
        assert_eq!(refused.status, 303, "{amount}: {}", refused.body);
        assert!(refused.location.starts_with(&format!("{pay}?form=")), "{amount}: {}", refused.location);
        let page = customer.get(&refused.location).await;
        assert!(
            page.body.contains("error") && page.body.contains(&format!("value=\"{amount}\"")),
            "{amount}"
        );
    }
    assert!(customer.post(&pay, &[("method", "barter")]).await.location.contains("?form="));

    let paid = customer.post(&pay, &[("method", "card"), ("share", "part"), ("amount", "190.00")]).await;
    assert_eq!(paid.status, 303);
    assert!(paid.location.starts_with("http"), "{}", paid.location);
    comes_back(&mut customer, invoice).await;
}

/// Whoever comes back for an attempt that is not theirs finds nothing.
async fn comes_back(customer: &mut super::Browser, invoice: InvoiceId) {
    for attempt in ["", "pat_1", "pat_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f"] {
        let answer = customer.get(&format!("/i/{invoice}/return?attempt={attempt}")).await;
        assert_eq!(answer.status, 404, "{attempt}");
    }
}

#[tokio::test]
async fn the_provider_is_believed_by_its_signature_only() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    let secret = "whsec_0123456789abcdef0123456789abcdef";
    server::operations::settings::set_webhook_secret(env, &owner, secret.into()).await.unwrap();
    let path = format!("/webhooks/stripe/{}", crate::support::business_of(&owner));
    let browser = app.browser();
    for signature in ["", "t=1,v1=00", "v1=", "t=9999999999999999999999,v1=zz"] {
        let request = browser.request("POST", &path).header("stripe-signature", signature).body("{}");
        assert_eq!(browser.clone().send(request).await.status, 400, "{signature}");
    }
    let request = browser.request("POST", &path).body("{}");
    assert_eq!(browser.clone().send(request).await.status, 400);
}

#[tokio::test]
async fn what_needs_a_code_asks_for_it_and_goes_on_with_what_was_typed() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (customer, _) = app.invoice(&owner).await;
    let everything = app.link_of_everything(&owner, customer).await;
    let mut reader = app.browser();
    reader.post("/l/open", &[("link", token(&everything))]).await;
    let page = reader.get(&format!("/c/{customer}")).await;
    let contact = format!("/c/{customer}/contact");
    assert!(page.body.contains(&contact), "the page leads there");

    let asked = reader.post(&contact, &[("note", "as <typed>")]).await;
    assert_eq!(asked.status, 200);
    assert!(
        asked.body.contains("l•••@morgenrot.example")
            && asked.body.contains(r#"autocomplete="one-time-code""#)
    );
    assert!(asked.body.contains(r#"name="note" value="as &lt;typed&gt;""#), "{}", asked.body);
    let wrong = reader.post(&contact, &[("note", "as <typed>"), ("code", "12 34")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains(r#"value="as &lt;typed&gt;""#) && !wrong.body.contains("12 34"));

    server::workers::outbox::run_once(&app.world.env).await.unwrap();
    let mails = app.world.mailer.mails();
    let code = crate::code::code_in(&crate::follow_up::parsed(mails.last().unwrap()).text.unwrap());
    let went_on = reader.post(&contact, &[("note", "as <typed>"), ("code", &code)]).await;
    assert_eq!(went_on.status, 303);
    assert!(went_on.location.starts_with("/u/"), "{}", went_on.location);
    assert!(reader.get(&went_on.location).await.body.contains("l•••@morgenrot.example"));
    let again = reader.post(&contact, &[]).await;
    assert_eq!(again.status, 303, "once a session");
}

#[tokio::test]
async fn a_way_to_pay_is_saved_and_removed_by_plain_forms() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    server::operations::settings::set_stripe_key(env, &owner, "sk_test_abcdefghijklmnop".into())
        .await
        .unwrap();
    let (customer, invoice) = app.invoice(&owner).await;
    let everything = app.link_of_everything(&owner, customer).await;
    let mut reader = app.browser();
    reader.post("/l/open", &[("link", token(&everything))]).await;
    let methods = format!("/c/{customer}/methods");
    assert!(reader.get(&format!("/c/{customer}")).await.body.contains(&methods));
    let refused = reader.post(&methods, &[("method", "card")]).await;
    assert_eq!(refused.status, 303);
    let again = reader.get(&refused.location).await;
    assert!(again.body.contains("What you agree to: Tick the box if you agree."), "{}", again.body);

    // Other words than stand there now: nobody agreed to those.
    let old = reader.post(&methods, &[("method", "card"), ("agreed", "yes"), ("consent", "00ff")]).await;
    assert!(reader.get(&old.location).await.body.contains("This text has changed meanwhile"));

    let version = hidden_in(&again.body, "consent");
    let wish = [("method", "card"), ("agreed", "yes"), ("consent", &version)];
    assert_eq!(reader.post(&methods, &wish).await.status, 200, "a code first");
    server::workers::outbox::run_once(env).await.unwrap();
    let mails = app.world.mailer.mails();
    let code = crate::code::code_in(&crate::follow_up::parsed(mails.last().unwrap()).text.unwrap());
    let [method, agreed, consent] = wish;
    let went_on = reader.post(&methods, &[method, agreed, consent, ("code", &code)]).await;
    assert_eq!(went_on.status, 303);
    assert!(went_on.location.starts_with("https://checkout.example/"), "{}", went_on.location);
    let business = crate::support::business_of(&owner);
    let provider = app.world.gateways.account(business);
    let checkout = went_on.location.rsplit('/').next().unwrap();
    provider.give_method(checkout);

    let mut tx = env.store.read().await.unwrap();
    let entries = store::events::of_customer(&mut tx, business, customer, 50).await.unwrap();
    drop(tx);
    assert!(format!("{entries:?}").contains("keep this way to pay at its payment provider"), "word for word");
    let back = format!("{methods}/return?setup={}", provider.setup_of(checkout).unwrap());
    let page = reader.get(&back).await;
    assert!(page.body.contains("Visa ending in 4242"), "{}", page.body);
    let mut member = app.signed_in(OWNER).await;
    assert!(member.get(&format!("/console/customers/{customer}")).await.body.contains("Visa ending in 4242"));

    // Paid with it at once: no page of the provider's, and nothing is asked again in a proven session.
    let remove = page.body.split('"').find(|text| text.ends_with("/remove")).unwrap().to_owned();
    let kept = remove.trim_end_matches("/remove").rsplit('/').next().unwrap().to_owned();
    let pay = format!("/i/{invoice}/pay");
    let page = reader.get(&pay).await.body;
    assert!(page.contains(&kept));
    // What the page showed, and once for a form, however often it is sent.
    let (entry, shown) = (hidden_in(&page, "entry"), hidden_in(&page, "shown"));
    let press = [("method", kept.as_str()), ("share", "full"), ("entry", &entry), ("shown", &shown)];
    let paid = reader.post(&pay, &press).await;
    assert_eq!(reader.post(&pay, &press).await.location, paid.location);
    assert_eq!(provider.calls("charge"), 1);
    assert!(paid.location.contains(&format!("/i/{invoice}/return?attempt=")), "{}", paid.location);
    let back = paid.location.strip_prefix(&app.origin).unwrap().to_owned();
    assert!(reader.get(&back).await.body.contains("1,190.00"));
    assert!(reader.get(&format!("/i/{invoice}")).await.body.contains("Paid"));

    // What falls due is charged to it, once the words beside it were agreed to; one press turns that off.
    crate::autopay::enable(env, &owner, true).await;
    let on = format!("{methods}/{kept}/autopay");
    assert!(reader.get(&methods).await.body.contains(&on));
    let refused = reader.post(&on, &[]).await;
    let page = reader.get(&refused.location).await.body;
    assert!(page.contains("Tick the box if you agree.") && page.contains("at least 3 days before"), "{page}");
    let words = hidden_in(&page, "consent");
    let turned_on = reader.post(&on, &[("agreed", "yes"), ("consent", &words)]).await;
    assert_eq!(turned_on.location, format!("{methods}?done=autopay-on"));
    let page = reader.get(&turned_on.location).await.body;
    let off = page.split('"').find(|text| text.ends_with("/off")).unwrap().to_owned();
    assert!(!page.contains(&on));
    assert!(member.get(&format!("/console/customers/{customer}")).await.body.contains("Automatic payment"));
    assert_eq!(reader.post(&off, &[]).await.location, format!("{methods}?done=autopay-off"));
    assert!(reader.get(&methods).await.body.contains(&on));
    let removed = reader.post(&remove, &[]).await;
    assert_eq!(removed.location, format!("{methods}?done=removed"));
    assert!(!reader.get(&removed.location).await.body.contains("4242"));
}

/// The value of a hidden field.
fn hidden_in(body: &str, name: &str) -> String {
    let field = body.split("<input").find(|field| field.contains(&format!("name=\"{name}\""))).unwrap();
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_way_to_pay_is_saved_while_paying_by_plain_forms() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    server::operations::settings::set_stripe_key(env, &owner, "sk_test_abcdefghijklmnop".into())
        .await
        .unwrap();
    let (customer, invoice) = app.invoice(&owner).await;
    let link = app.link(&owner, invoice).await;
    let mut reader = app.browser();
    reader.post("/l/open", &[("link", token(&link))]).await;
    let pay = format!("/i/{invoice}/pay");
    let version = hidden_in(&reader.get(&pay).await.body, "consent");
    let (agreed, consent) = (("agreed", "yes"), ("consent", version.as_str()));
    let by_transfer = [("method", "customer_balance"), ("share", "full"), agreed, consent];
    let refused = reader.post(&pay, &by_transfer).await;
    assert!(reader.get(&refused.location).await.body.contains("Only cards and bank debits can be saved"));

    let wish = [("method", "card"), ("share", "full"), agreed, consent];
    let asked = reader.post(&pay, &wish).await;
    assert_eq!(asked.status, 200, "a code first");
    assert_eq!(hidden_in(&asked.body, "method"), "card", "what was chosen is carried along");
    server::workers::outbox::run_once(env).await.unwrap();
    let mails = app.world.mailer.mails();
    let code = crate::code::code_in(&crate::follow_up::parsed(mails.last().unwrap()).text.unwrap());
    let went_on = reader.post(&pay, &[&wish[..], &[("code", code.as_str())]].concat()).await;
    assert!(went_on.location.starts_with("https://checkout.example/"), "{}", went_on.location);
    let business = crate::support::business_of(&owner);
    let provider = app.world.gateways.account(business);
    let intent = provider.pay(went_on.location.rsplit('/').next().unwrap());
    assert!(provider.kept_of(&intent).is_some());
    let attempt = provider.attempt_of(went_on.location.rsplit('/').next().unwrap()).unwrap();
    assert_eq!(reader.get(&format!("/i/{invoice}/return?attempt={attempt}")).await.status, 200);
    let mut member = app.signed_in(OWNER).await;
    assert!(member.get(&format!("/console/customers/{customer}")).await.body.contains("Visa ending in 4242"));
    // Where the words promise: who proved to be the contact on file sees everything of theirs, by this link too.
    let methods = format!("/c/{customer}/methods");
    assert!(reader.get(&methods).await.body.contains("Visa ending in 4242"));

    // Whoever only holds the link learns no more than that there is something, until they prove it.
    let other = crate::support::issued(env, &owner, customer).await;
    let link = app.link(&owner, other).await;
    let mut holder = app.browser();
    holder.post("/l/open", &[("link", token(&link))]).await;
    for closed in [&methods, &format!("/c/{customer}"), &format!("/i/{invoice}")] {
        assert_eq!(holder.get(closed).await.status, 404, "{closed}");
    }
    let pay = format!("/i/{other}/pay");
    let page = holder.get(&pay).await.body;
    assert!(page.contains("Pay with what you saved") && !page.contains("4242"));
    let all = format!("/i/{other}/all");
    app.world.clock.advance(chrono::Duration::minutes(1));
    assert_eq!(holder.post(&all, &[("next", "pay")]).await.status, 200, "a code first");
    server::workers::outbox::run_once(env).await.unwrap();
    let mails = app.world.mailer.mails();
    let code = crate::code::code_in(&crate::follow_up::parsed(mails.last().unwrap()).text.unwrap());
    assert_eq!(holder.post(&all, &[("next", "pay"), ("code", code.as_str())]).await.location, pay);
    assert!(holder.get(&pay).await.body.contains("Visa ending in 4242"));
    assert_eq!(holder.post(&all, &[]).await.location, format!("/c/{customer}"));
    for open in [&methods, &format!("/c/{customer}"), &format!("/i/{invoice}")] {
        assert_eq!(holder.get(open).await.status, 200, "{open}");
    }
}
