// Groups and networks that no flow and no forbid names.
import type { PeerSpec } from "../document.ts";
import { PRIVATE } from "../file/names.ts";
import { entriesOf, type LintRule, peersOf, warning } from "./warning.ts";

/** Groups no flow or forbid names. */
export const deadGroups: LintRule = ({ document: { groups, flows, forbids }, places }) => {
  const used = new Set([...flows, ...forbids].flatMap(line => entriesOf(peersOf(line))));
  return Object.values(groups)
    .filter(({ name, others }) => !others && !used.has(name))
    .map(({ name, egress }) => {
      const out = egress === "open" ? "" : " and it may reach nobody";
      const message = `no flow names the group ${name}, so nobody may reach it${out}`;
      return warning(
        "dead-group",
        places.groups.get(name),
        message,
        "write its flows, or remove it",
      );
    });
};

/** Networks nothing names. */
export const deadNetworks: LintRule = ({ document: { networks, flows, forbids }, places }) => {
  const specs = [...[...flows, ...forbids].flatMap(peersOf), ...Object.values(networks).flat()];
  const used = new Set(specs.flatMap(networkName));
  return Object.keys(networks)
    .filter(name => name !== PRIVATE && !used.has(name))
    .map(name =>
      warning(
        "dead-network",
        places.networks.get(name),
        `nothing names the network ${name}`,
        "remove it, or name it in a flow",
      ),
    );
};

const networkName = (spec: PeerSpec): string[] => (spec.kind === "network" ? [spec.name] : []);
