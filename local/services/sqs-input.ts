// Checks what SQS checks before it takes a message or a batch: sizes, characters, ids.
import type { MessageAttribute } from "../queues/message.ts";
import { AwsError, asAwsError } from "../wire/aws-error.ts";
import { type JsonObject, optionalObject, optionalText, requiredText } from "../wire/input.ts";

const mostEntries = 10;

/** A refusal of SQS. */
export function sqsError(code: string, message: string): AwsError {
  return new AwsError(code, message);
}

/** Reads a message body that SQS would take. */
export function bodyOf(input: JsonObject, maxBytes: number): string {
  const body = requiredText(input, "MessageBody");
  if (Buffer.byteLength(body) > maxBytes) {
    const bound = `Message must be shorter than ${maxBytes} bytes.`;
    throw sqsError("InvalidParameterValue", `One or more parameters are invalid. Reason: ${bound}`);
  }
  // The characters of XML 1.0:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(body)) {
    throw sqsError("InvalidMessageContents", "Invalid characters were found in the message.");
  }
  return body;
}

/** Reads message attributes. */
export function messageAttributesOf(input: JsonObject): Record<string, MessageAttribute> {
  const given = optionalObject(input, "MessageAttributes") ?? {};
  const entries = Object.entries(given).map(([name, value]) => {
    const attribute = optionalObject({ [name]: value }, name) ?? {};
    return [name, attributeOf(name, attribute)] as const;
  });
  return Object.fromEntries(entries);
}

/** Refuses a batch that is empty, too long, or whose ids are unfit or doubled. */
export function checkBatch(entries: JsonObject[]): void {
  if (entries.length === 0) throw sqsError("EmptyBatchRequest", "The batch has no entries.");
  if (entries.length > mostEntries) {
    throw sqsError("TooManyEntriesInBatchRequest", `A batch has at most ${mostEntries} entries.`);
  }
  const ids = entries.map(entry => requiredText(entry, "Id"));
  if (ids.some(id => !/^[\w-]{1,80}$/.test(id))) {
    throw sqsError("InvalidBatchEntryId", "An Id has other characters than letters, digits, - _.");
  }
  if (new Set(ids).size < ids.length) {
    throw sqsError("BatchEntryIdsNotDistinct", "Two entries of the batch have the same Id.");
  }
}

/** What a batch's answer says of an entry that failed. */
export function entryFailure(thrown: unknown) {
  const error = asAwsError(thrown);
  return { Code: error.code, Message: error.message, SenderFault: error.status < 500 };
}

function attributeOf(name: string, attribute: JsonObject): MessageAttribute {
  const DataType = requiredText(attribute, "DataType");
  const text = optionalText(attribute, "StringValue");
  const binary = optionalText(attribute, "BinaryValue");
  const isBinary = DataType.startsWith("Binary");
  const value = isBinary ? binary : text;
  if (!/^(String|Number|Binary)(\..+)?$/.test(DataType) || !value) {
    const message = `The message attribute ${name} must have a value of its type ${DataType}.`;
    throw sqsError("InvalidParameterValue", message);
  }
  return { DataType, ...(isBinary ? { BinaryValue: value } : { StringValue: value }) };
}
