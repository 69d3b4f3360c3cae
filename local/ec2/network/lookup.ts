// Which subnet or interface does an id name? EC2's errors when it names none.

import { Ec2Error } from "../errors.ts";
import { checkId } from "../ids.ts";
import type { NetworkInterface, Subnet, Tables } from "../state.ts";

/** A subnet by id. */
export function findSubnet(tables: Tables, subnetId: string): Subnet {
  const subnet = tables.subnets.get(subnetId);
  if (subnet === undefined) {
    throw new Ec2Error("InvalidSubnetID.NotFound", `The subnet ID '${subnetId}' does not exist`);
  }
  return subnet;
}

/** A network interface by id. */
export function findInterface(tables: Tables, id: string): NetworkInterface {
  checkId("eni", id, "InvalidNetworkInterfaceId.Malformed");
  const found = tables.interfaces.get(id);
  if (found === undefined) {
    throw new Ec2Error(
      "InvalidNetworkInterfaceID.NotFound",
      `The networkInterface ID '${id}' does not exist`,
    );
  }
  return found;
}
