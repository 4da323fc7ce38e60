//! One set: noted first, then what differs is written and what is too much removed, each over what was seen and nothing
//! else.

use std::borrow::Cow;

use aws_sdk_s3::primitives::ByteStream;
use reconcile::{Class, Fault};

use super::{HISTORY, PERSONA, Persona, PersonaActual, PersonaDesired, PersonaMemory};
use crate::{
    artifacts::data::{Aim, Print, Set, Wanted, Work},
    system::{clock, host},
    targets::aws::{
        Answer, Cloud,
        resources::bucket::{Course, Over, Put, put},
    },
};

/// The list of sets has another newest one than this run has noted.
#[derive(Debug, thiserror::Error)]
#[error("somebody else has brought other files at the same moment, and theirs were noted last")]
pub(crate) struct Overtaken;

/// Where the bytes of a file come from.
#[derive(Debug)]
pub(super) enum From<'a> {
    Brought(&'a [u8]),
    /// An older one of the same object.
    Version(String),
}

impl Persona {
    /// That the set is noted first, over the list that was seen, decides between two that come at once before either
    /// has touched a file; and what a killed run has left is told by the set that it was to become.
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        memory: &mut PersonaMemory,
        desired: &PersonaDesired,
        actual: &PersonaActual,
    ) -> Result<PersonaActual, Fault> {
        let mut now = actual.clone();
        let Some(aim) = desired.wanted.aim(&actual.there) else { return Ok(now) };
        let work = Work::new(&aim.files, &actual.there);
        let from = self.origins(cloud, desired, &aim, &work.write).await?;
        if work.is_new {
            self.note(cloud, memory, desired, &aim, &mut now).await?;
        }
        let course = Course::new(cloud, PERSONA, work.write.len() + work.remove.len());
        course.run(from.iter().map(|(key, from)| self.write(cloud, actual, &aim, key, from))).await?;
        for key in work.write {
            let print = aim.files[&key].clone();
            now.there_mut().files.insert(key, print);
        }
        course.run(work.remove.iter().map(|key| self.remove(cloud, actual, key))).await?;
        now.there_mut().files.retain(|key, _| !work.remove.contains(key));
        Ok(now)
    }

    async fn note(
        &self,
        cloud: &Cloud,
        memory: &mut PersonaMemory,
        desired: &PersonaDesired,
        aim: &Aim,
        now: &mut PersonaActual,
    ) -> Result<(), Fault> {
        if memory.noted && now.there.history.newest().is_some_and(|newest| newest.id != desired.set) {
            return Err(Fault::new(Class::Refused, Overtaken));
        }
        let set = Set::new(&desired.set, aim, &desired.wanted, clock::now(), host::user());
        let history = now.there.history.with_wanted(set, &desired.wanted, now.there.ours());
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        let print = Print::of(&json);
        let over = Over::Seen(now.noted_as.as_deref());
        put(cloud, &self.bucket, object(HISTORY, Cow::Owned(json), &print, over)).await?;
        memory.noted = true;
        (now.there_mut().history, now.noted_as) = (history, Some(print.etag));
        Ok(())
    }

    /// Where the bytes of each file come from. All of them are there, or none is written.
    async fn origins<'a>(
        &self,
        cloud: &Cloud,
        desired: &'a PersonaDesired,
        aim: &Aim,
        keys: &'a [String],
    ) -> Result<Vec<(&'a String, From<'a>)>, Fault> {
        let Wanted::Files(brought) = &desired.wanted else {
            return self.kept(cloud, aim, keys).await;
        };
        let bytes = |key: &'a String| {
            let bytes = aim.names.get(key).and_then(|name| brought.bytes(name));
            let missing = || Fault::new(Class::Refused, format!("the bytes of `{key}` are not at hand"));
            Ok((key, From::Brought(bytes.ok_or_else(missing)?)))
        };
        keys.iter().map(bytes).collect()
    }

    async fn write(
        &self,
        cloud: &Cloud,
        actual: &PersonaActual,
        aim: &Aim,
        key: &str,
        from: &From<'_>,
    ) -> Result<(), Fault> {
        let over = over(actual, key);
        match from {
            From::Brought(bytes) => {
                let object = object(key, Cow::Borrowed(bytes), &aim.files[key], over);
                put(cloud, &self.bucket, object).await
            }
            From::Version(version) => self.copy(cloud, key, version, over).await,
        }
    }

    async fn remove(&self, cloud: &Cloud, actual: &PersonaActual, key: &str) -> Result<(), Fault> {
        let (matching, _) = over(actual, key).conditions();
        let request = cloud.s3.delete_object().bucket(&self.bucket).key(key);
        let request = request.set_if_match(matching.map(|etag| format!("\"{etag}\"")));
        let answer = request.expected_bucket_owner(&cloud.account).send().await;
        answer.done("s3:DeleteObject", &["NoSuchKey"])
    }
}

/// Only what was seen is written over.
fn over<'a>(actual: &'a PersonaActual, key: &str) -> Over<'a> {
    Over::Seen(actual.there.files.get(key).map(|seen| seen.etag.as_str()))
}

fn object<'a>(key: &'a str, bytes: Cow<'_, [u8]>, print: &'a Print, over: Over<'a>) -> Put<'a> {
    Put {
        key,
        body: ByteStream::from(bytes.into_owned()),
        size: print.size,
        md5_hex: &print.etag,
        content_type: mime_guess::from_path(key).first_raw().unwrap_or("application/octet-stream"),
        cache_control: None,
        over,
    }
}
