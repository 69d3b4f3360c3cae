// A stage on which people act from the alert: alice and bob approve, tester asks; all three have mail
// and chat. What a request to the API does, without the API around it.
import { randomUUID } from "node:crypto";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import type { ApiAnswer, ApiHandler, ApiRequest } from "../../functions/api/route.ts";
import { connect } from "../../functions/aws/account.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { mailApprovers } from "../../functions/reconcile/approval-mail.ts";
import { type Answer, askException } from "../../functions/reconcile/exceptions.ts";
import { type Route, routes } from "../../functions/wiring/routes.ts";
import type { TableName } from "../../functions/wiring/tables.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { accessKeyOf, callerOf, type KeyName, secretOf } from "../../local/identities.ts";
import type { InboxMessage } from "../../local/inbox.ts";
import { withLocalPeople } from "../../local/people.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { type Identity, identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type Carrier, carrierTo } from "./carrier.ts";
import { open } from "./deployed.ts";
import type { OwnGate } from "./gate.ts";
import { type Stage, startStage, studioIn } from "./stage.ts";

/** What is asked for, and closed, where nothing else is said. */
export const RULE = "ingress tcp 7002 from 10.1.2.3/32";
export const API_URL = "https://portward.example.com";
export const TEAM = "T0123ABCD";
export interface Acting {
  readonly stage: Stage;
  readonly approvalTopic: string;
  identity(name: KeyName): Identity;
  /** Makes the matrix the one in force again, with other words of its people if told. */
  applyPeople(change?: (document: MatrixDocument) => MatrixDocument, mode?: Mode): Promise<void>;
  /** Lets all that was asked for be over, so that nobody has too many at a time. */
  rest(): Promise<void>;
  /** Asks for RULE, as the tester unless told. */
  ask(by?: KeyName, minutes?: number): Promise<KeptException>;
  /** Opens a rule as somebody; gives the id of the finding that says it was closed, and marks. */
  drift(by?: KeyName, rule?: string, part?: "api" | "deploy"): Promise<string>;
  /** Mails the approvers of a request, and reads what they got. */
  mail(kept: KeptException): Promise<readonly InboxMessage[]>;
  /** The links in mails, by the person they were sent to. */
  linksOf(mails: readonly InboxMessage[]): Record<string, string>;
  /** Calls a route of the API as it would be called from outside; through a gate if told. */
  call(handler: ApiHandler, request?: Partial<ApiRequest>, through?: OwnGate): Promise<ApiAnswer>;
  /** Everything in every table, in one order. */
  stored(): Promise<string>;
}

type Mode = Parameters<typeof studioIn>[0];

/** Starts the stage. */
export async function startActing(): Promise<Acting> {
  const stage = await startStage(null);
  const { account, deployment } = stage;
  const { accountId, region } = account;
  const approvalTopic = deployment.config.approvals?.topicArn ?? "";
  const accessKeyId = accessKeyOf("portward");
  const config = {
    ...deployment.config,
    ...{ apiUrl: API_URL, chatSecret: "portward-chat" },
  };
  const { sleep, log } = stage.aws;
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const surroundings = { credentials, clock: account.clock.now, sleep, log, maxAttempts: 1 };
  const through = (requestHandler: Carrier) =>
    connect(config, { ...surroundings, endpoint: account.url, requestHandler });
  Object.assign(stage.aws, through(carrierTo(account)));

  const acting: Acting = {
    ...{ stage, approvalTopic },
    identity: name => identityOf(callerOf(accessKeyOf(name), accountId, region).arn),
    async applyPeople(change = document => document, mode = "enforce") {
      const own = (read: MatrixDocument) => change(withChat(withLocalPeople(read, account)));
      await applyDocument(stage, studioIn(mode), own);
    },
    async rest() {
      await stage.later(10 * 3_600);
      await stage.sweep();
    },
    async ask(by = "tester", minutes = 120) {
      const wish = { what: { rule: RULE }, group: stage.groups.deploy, minutes };
      const whole = { ...wish, reason: "release <b>now</b>", open: true };
      return done(await askException(stage.aws, whole, acting.identity(by)));
    },
    async drift(by = "tester", rule = RULE, part = "deploy") {
      await open(stage.as(by), stage.groups[part], [rule]);
      await stage.idle();
      const found = await stage.findings(stage.groups[part]);
      const finding = found.find(one => one.rule === rule);
      stage.mark();
      return finding?.id ?? "";
    },
    async mail(kept) {
      const before = account.inbox.messages().length;
      const notice = { subject: "EXCEPTION REQUESTED", text: "EXCEPTION REQUESTED\n" };
      await mailApprovers(stage.aws, kept, notice);
      const mails = account.inbox.messages().slice(before);
      return mails.toSorted((a, b) => (toOf(a) < toOf(b) ? -1 : 1));
    },
    linksOf: mails =>
      Object.fromEntries(
        mails.map(mail => [
          toOf(mail),
          mail.message.split("\n").find(line => /^https?:\S+\/approvals\//.test(line)) ?? "",
        ]),
      ),
    call: (handler, request = {}, gate) =>
      handler(requestOf(request), gate ? through(gate.requestHandler) : stage.aws),
    stored: () => storedIn(stage),
  };
  await acting.applyPeople();
  return acting;
}

/** Makes a matrix the active one, changed after it was read. */
export async function applyDocument(
  { aws, idle }: Pick<Stage, "aws" | "idle">,
  text: string,
  change: (document: MatrixDocument) => MatrixDocument,
): Promise<void> {
  const document = change(parseMatrix([{ name: "matrix.yaml", text }]));
  const { pins } = await activate(aws, document, { by: "test", note: "" });
  await reconcileGoverned(aws, pins, "apply");
  await idle();
}

const toOf = ({ attributes }: InboxMessage): string => attributes.to?.value ?? "";

function withChat(document: MatrixDocument): MatrixDocument {
  const people = Object.entries(document.people).map(([name, texts]) => [
    name,
    [...texts, `slack:${TEAM}/U0${name.toUpperCase()}`],
  ]);
  const exceptions = { ...document.exceptions, approvers: ["alice", "bob"] };
  return { ...document, people: Object.fromEntries(people), exceptions };
}

function requestOf(given: Partial<ApiRequest>): ApiRequest {
  const route: Route = routes[0];
  return {
    ...{ route, params: {}, query: {}, headers: {}, rawBody: Buffer.alloc(0), body: undefined },
    ...{ caller: undefined, sourceIp: "198.51.100.7", requestId: randomUUID() },
    ...given,
  };
}

async function storedIn({ documents }: Stage): Promise<string> {
  const names: TableName[] = ["policy", "exceptions", "history", "findings", "ops"];
  const items = await Promise.all(
    names.map(async name => {
      const scan = new ScanCommand({ TableName: tableNameOf(name), ConsistentRead: true });
      return (await documents.send(scan)).Items ?? [];
    }),
  );
  const written = (value: unknown): unknown => (value instanceof Set ? [...value].sort() : value);
  const lines = items.flat().map(item => JSON.stringify(item, (_, value) => written(value)));
  return lines.sort().join("\n");
}

/** Does something that must leave every table and every rule as it was. */
export async function traceless(
  { stage, stored }: Acting,
  task: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const before = await stored();
  const answer = await task();
  expect(await stored()).toBe(before);
  expect(stage.writes()).toEqual([]);
  return answer;
}

/** The exception of an answer. */
export function done(answer: Answer): KeptException {
  if (answer.kind === "refused") throw new Error(`${answer.code}: ${answer.because}`);
  return answer.exception;
}
