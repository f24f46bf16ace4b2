/**
 * All questions, by the name that `npm run bench -- NAME` knows, in the order of the tables.
 *
 * @module
 */
import type { Question } from "./question.js";
import { question as accountByUsername } from "./questions/account-by-username.js";
import { question as accountLookUp } from "./questions/account-look-up.js";
import { question as addingASignIn } from "./questions/adding-a-sign-in.js";
import { question as allAccounts } from "./questions/all-accounts.js";
import { question as certificateHit } from "./questions/certificate-hit.js";
import { question as certificateMiss } from "./questions/certificate-miss.js";
import { question as clientCredentialsHit } from "./questions/client-credentials-hit.js";
import { question as firstToken } from "./questions/first-token.js";
import { question as importing } from "./questions/import.js";
import { question as missesPerSecond } from "./questions/misses-per-second.js";
import { question as onBehalfOfHit } from "./questions/on-behalf-of-hit.js";
import { question as signOut } from "./questions/sign-out.js";
import { question as silentHit } from "./questions/silent-hit.js";

/** See the head of each file. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  "silent-hit": silentHit,
  "account-look-up": accountLookUp,
  "client-credentials-hit": clientCredentialsHit,
  "on-behalf-of-hit": onBehalfOfHit,
  "adding-a-sign-in": addingASignIn,
  "misses-per-second": missesPerSecond,
  "first-token": firstToken,
  import: importing,
  "certificate-hit": certificateHit,
  "certificate-miss": certificateMiss,
  "account-by-username": accountByUsername,
  "all-accounts": allAccounts,
  "sign-out": signOut,
};

/** Questions of these names; without a name, all but those that are asked only by theirs. */
export function questionsOf(names: readonly string[]): Question[] {
  if (names.length > 0) return names.flatMap((name) => QUESTIONS[name] ?? []);
  return Object.values(QUESTIONS).filter(({ onlyByName = false }) => !onlyByName);
}
