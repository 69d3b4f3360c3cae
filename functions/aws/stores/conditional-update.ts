// An update of one item that sets attributes if others are what they were read as. Which these are is
// each store's own matter.
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Item, type Key, names } from "./dynamo.ts";

export interface ConditionalUpdate {
  readonly set: Item;
  /** What the attributes must be. */
  readonly where: Item;
  /** What they must not be; one that is absent is something else. */
  readonly unlike: Readonly<Record<string, string>>;
}

/** Makes the update. */
export function conditionalUpdate(
  TableName: string,
  Key: Key,
  { set, where, unlike }: ConditionalUpdate,
): UpdateCommand {
  const attributes = [...Object.keys(set), ...Object.keys(where), ...Object.keys(unlike)];
  const valuesOf = (prefix: string, fields: Item) =>
    Object.entries(fields).map(([name, value]) => [`:${prefix}_${name}`, value]);
  return new UpdateCommand({
    TableName,
    Key,
    UpdateExpression: `SET ${Object.keys(set)
      .map(name => `#${name} = :set_${name}`)
      .join(", ")}`,
    ConditionExpression: [
      ...Object.keys(where).map(name => `#${name} = :is_${name}`),
      ...Object.keys(unlike).map(
        name => `(attribute_not_exists(#${name}) OR #${name} <> :not_${name})`,
      ),
    ].join(" AND "),
    ExpressionAttributeNames: names(...new Set(attributes)),
    ExpressionAttributeValues: Object.fromEntries([
      ...valuesOf("set", set),
      ...valuesOf("is", where),
      ...valuesOf("not", unlike),
    ]),
  });
}
