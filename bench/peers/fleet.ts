// The groups both audits look at: two roles, twenty rules each, one group in twenty with a port open
// that the matrix does not permit.

export interface FleetRule {
  readonly port: number;
  readonly cidr: string;
}

export interface FleetGroup {
  readonly name: string;
  readonly role: "web" | "db";
  readonly rules: readonly FleetRule[];
  readonly isDrifting: boolean;
}

const RULES = 20;
const DRIFTING_ONE_IN = 20;
const PORTS = { web: [443, 8080], db: [5432, 5433] } as const;

/** Makes a fleet; the same count is the same fleet. */
export function fleetOf(count: number): FleetGroup[] {
  return Array.from({ length: count }, (_, index): FleetGroup => {
    const role = index % 2 === 0 ? "web" : "db";
    const isDrifting = index % DRIFTING_ONE_IN === 7;
    const rules = Array.from({ length: RULES }, (_, rule): FleetRule => {
      const isStranger = isDrifting && rule === RULES - 1;
      const port = isStranger ? 22 : PORTS[role][rule % 2 === 0 ? 0 : 1];
      return { port, cidr: `10.${rule}.${index % 250}.0/24` };
    });
    return { name: `fleet-${index}`, role, rules, isDrifting };
  });
}
