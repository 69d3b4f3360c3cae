// Which parameters does an action take, under which wire names? Shapes as data: they check a form,
// give its texts their types, and say how CloudTrail writes the parameter.

export type Scalar = "text" | "int" | "bool";

/** The members of a structure, by wire name. */
export type Members = { [wireName: string]: Shape };

export interface Struct {
  members: Members;
}

export interface List {
  list: Scalar | Struct;
  /**
   * The name in a classic CloudTrail record; the wire name with a small first letter unless told.
   */
  trailName?: string;
  /** In a classic record a list of texts becomes objects with this one key. */
  trailKey?: string;
  /** In a classic record: an array and not {items: [...]}. */
  trailPlain?: boolean;
  /** In a classic record an absent list is written as {}. */
  trailAlways?: boolean;
}

export type Shape = Scalar | Struct | List;

const peers = (members: Members): List => ({ list: { members }, trailAlways: true });

/** An ip permission as EC2's classic calls take it. */
export const ipPermissions: List = {
  trailAlways: true,
  list: {
    members: {
      IpProtocol: "text",
      FromPort: "int",
      ToPort: "int",
      Groups: peers({
        GroupId: "text",
        GroupName: "text",
        UserId: "text",
        Description: "text",
        VpcId: "text",
        VpcPeeringConnectionId: "text",
        PeeringStatus: "text",
      }),
      IpRanges: peers({ CidrIp: "text", Description: "text" }),
      Ipv6Ranges: peers({ CidrIpv6: "text", Description: "text" }),
      PrefixListIds: peers({ PrefixListId: "text", Description: "text" }),
    },
  },
};

/** The flat parameters of the first EC2 versions, still taken for ingress. */
export const flatPermission: Members = {
  IpProtocol: "text",
  FromPort: "int",
  ToPort: "int",
  CidrIp: "text",
  SourceSecurityGroupName: "text",
  SourceSecurityGroupOwnerId: "text",
};

const tagMembers: Struct = { members: { Key: "text", Value: "text" } };

/** Tags as CreateTags and DeleteTags take them. */
export const tagList: List = { list: tagMembers, trailName: "tagSet" };

/** Tags given while something is made. */
export const tagSpecifications: List = {
  trailName: "tagSpecificationSet",
  list: {
    members: {
      ResourceType: "text",
      Tag: { list: tagMembers, trailName: "tags", trailPlain: true },
    },
  },
};

/** Ids or names as a list of texts. */
export const texts: List = { list: "text" };

/** What every describe takes. */
export const listing: Members = {
  Filter: { list: { members: { Name: "text", Value: { list: "text" } } } },
  MaxResults: "int",
  NextToken: "text",
};
