import { expect, test } from "vitest";
import { QUESTIONS, questionsOf } from "../questions.js";

const BY_NAME = ["account-by-username", "all-accounts", "sign-out"];

test("a run without a name leaves out what is asked only by name, and nothing else", () => {
  const others = Object.entries(QUESTIONS).filter(([name]) => !BY_NAME.includes(name));

  expect(questionsOf([])).toEqual(others.map(([, question]) => question));
});

test.for(Object.entries(QUESTIONS))("%s is asked when it is named", ([name, question]) => {
  expect(questionsOf([name])).toEqual([question]);
});

test("questions are asked in the order in which they are named", () => {
  const { "sign-out": signOut, "silent-hit": silentHit } = QUESTIONS;

  expect(questionsOf(["sign-out", "silent-hit"])).toEqual([signOut, silentHit]);
});
