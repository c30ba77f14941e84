/**
 * The user-level stack as a Netty transport.
 *
 * <p>One event loop is one {@link dev.twinpath.userstack.netty.UserStackIoHandler}, one {@link
 * dev.twinpath.userstack.stack.StackShard} and one queue pair of the NIC; nothing is shared between
 * loops on the hot path. Inside the stack's poll nothing of the application runs: connections only
 * note what happened and queue themselves, and the handler lets their pipelines run afterwards. So
 * the stack is never re-entered, and the time of stack, NIC and application can be told apart with
 * three clock readings per iteration.
 */
package dev.twinpath.userstack.netty;
