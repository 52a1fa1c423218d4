/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"

/*
 * agent.sock: how IpXfer speaks with the agent that runs. One JSON object on one line either way, one
 * exchange a connection, for the owner of the state directory and root.
 *
 *   {"op":"status"}     {"ok":true,"status":{...}}
 *   {"op":"transfer","server":H,"https_port":P,"http_port":P,"agent_port":P,"certificate":DER base64,
 *    "password":P}      {"ok":true,"publication":N,"told":true}
 *   any failure         {"ok":false,"code":"agent.unproved","detail":...}
 */
struct local;

bool local_start(struct agent *a, struct local **out, struct err *e) MUST_USE;
void local_stop(struct local *l); /* NULL is fine */
