"""Drives the account of the environment with boto3, as an engineer's script would: opens, revokes and
modifies rules, waits until each is undone, and prints what it saw as JSON. It judges nothing."""

import json
import sys
import time

import boto3
from botocore.exceptions import ClientError

SCOPE, CLOSED, OPEN = sys.argv[1:4]
ec2 = boto3.client("ec2")
WORLD = [{"CidrIp": "0.0.0.0/0"}]


def rules(group):
    """The rules of a group as text, read in pages of five."""
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}],
        PaginationConfig={"PageSize": 5},
    )
    found = [rule for page in pages for rule in page["SecurityGroupRules"]]
    peers = ("CidrIpv4", "CidrIpv6", "PrefixListId")
    return sorted(
        f"{rule['IsEgress']} {rule['IpProtocol']} {rule['FromPort']} {rule['ToPort']} "
        f"{[rule[peer] for peer in peers if peer in rule]}"
        for rule in found
    )


def undone(group, change):
    """Makes a change, and waits until the group is as it was before."""
    before = rules(group)
    change()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if rules(group) == before:
            return "reverted"
        time.sleep(0.1)
    return "still changed"


def code(call):
    """The code a call is refused with."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "none"


def permission(port, **peers):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def open_everywhere():
    ec2.authorize_security_group_ingress(
        GroupId=CLOSED,
        IpPermissions=[permission(3389, Ipv6Ranges=[{"CidrIpv6": "::/0", "Description": "rdp"}])],
    )


def revoke_required():
    ec2.revoke_security_group_ingress(
        GroupId=OPEN, IpPermissions=[permission(80, IpRanges=WORLD)]
    )


def widen():
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [OPEN]}])
    rule = next(one for one in found["SecurityGroupRules"] if one["FromPort"] == 443)
    ec2.modify_security_group_rules(
        GroupId=OPEN,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 8443,
                    "CidrIpv4": "0.0.0.0/0",
                },
            }
        ],
    )


def findings(group):
    """The findings of a group; they are complete a moment after the rule is closed."""
    table = boto3.resource("dynamodb").Table("portward-findings")
    end = time.monotonic() + 20
    while True:
        items = table.query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": f"GROUP#{SCOPE}#{group}"},
            ConsistentRead=True,
        )["Items"]
        if all("publishedAt" in item for item in items) or time.monotonic() > end:
            break
        time.sleep(0.1)
    return sorted(f"{one['outcome']} {one['rule']} {one['actor']['name']}" for one in items)


def main():
    again = [permission(443, IpRanges=WORLD)]
    nobody = "sg-0123456789abcdef1"
    seen = {
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
        "pages": len(rules(OPEN)) > 5,
        "duplicate": code(
            lambda: ec2.authorize_security_group_ingress(GroupId=OPEN, IpPermissions=again)
        ),
        "unknown_group": code(lambda: ec2.describe_security_groups(GroupIds=[nobody])),
        "opened": undone(CLOSED, open_everywhere),
        "revoked": undone(OPEN, revoke_required),
        "modified": undone(OPEN, widen),
    }
    seen["findings"] = {group: findings(group) for group in (CLOSED, OPEN)}
    json.dump(seen, sys.stdout)


main()
