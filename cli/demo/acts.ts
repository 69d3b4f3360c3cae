// The acts of the demo, as data: who does what to which group, and what the law makes of it.
import type { SeededGroups } from "../../local/seed.ts";
import type { Stage } from "./stage.ts";

export interface Act {
  readonly title: string;
  readonly group: keyof SeededGroups;
  /** The call, in rule text. */
  readonly does: string;
  /** Whether Portward has to act; else it must not. */
  readonly isDrift: boolean;
  /** Rules that stand afterwards and did not before. */
  readonly stays: readonly string[];
  perform(stage: Stage, groupId: string): Promise<void>;
}

const WORLD = "ingress tcp 7002 from 0.0.0.0/0";
const CLIENT = "ingress tcp 443 from 198.51.100.7/32";
const HALVES = ["0.0.0.0/1", "128.0.0.0/1", "::/0"].map(peer => `ingress tcp 22 from ${peer}`);
const HOST = "ingress tcp 7002 from 172.21.138.91/32";
const SUBNET = "ingress tcp 7002 from 172.21.138.0/24";
const REQUIRED = "ingress tcp 7005 from 172.21.138.101/32";
const BLOCK = "192.0.2.0/24";

export const acts: readonly Act[] = [
  {
    title: "opens tcp 7002 of deploy to the world",
    group: "deploy",
    does: `authorize ${WORLD}`,
    isDrift: true,
    stays: [],
    perform: ({ tester }, id) => tester.authorize(id, [WORLD]),
  },
  {
    title: "makes a change that the matrix permits",
    group: "api",
    does: `authorize ${CLIENT}`,
    isDrift: false,
    stays: [CLIENT],
    perform: ({ tester }, id) => tester.authorize(id, [CLIENT]),
  },
  {
    title: "opens ssh of workspace to the world in halves, and by IPv6",
    group: "workspace",
    does: `authorize ${HALVES.join(", ")}`,
    isDrift: true,
    stays: [],
    perform: ({ tester }, id) => tester.authorize(id, HALVES),
  },
  {
    title: "widens a rule of deploy in place, from one host to its subnet",
    group: "deploy",
    does: `modify ${HOST} to ${SUBNET}`,
    isDrift: true,
    stays: [],
    perform: ({ tester }, id) => tester.modify(id, HOST, SUBNET),
  },
  {
    title: "deletes a rule of runtime that the matrix requires",
    group: "runtime",
    does: `revoke ${REQUIRED}`,
    isDrift: true,
    stays: [],
    perform: ({ tester }, id) => tester.revoke(id, [REQUIRED]),
  },
  {
    title: "adds a block to the prefix list of partners, which api lets in",
    group: "api",
    does: `add ${BLOCK} to the prefix list`,
    isDrift: true,
    stays: [],
    perform: ({ tester, listId }) => tester.addEntry(listId, BLOCK),
  },
];
