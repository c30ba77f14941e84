package dev.twinpath.userstack.netty;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;

/** A channel's side of {@link UserStackIoHandler}. All methods on the loop's thread. */
interface UserStackIoHandle extends IoHandle {

  /**
   * Lets the pipeline run for what the stack noted since the last call. Called outside of the
   * stack's poll, once for each {@link UserStackIoHandler#enqueue}.
   */
  void dispatch();

  /** The stack's events do not come through here: see {@link #dispatch}. */
  @Override
  default void handle(IoRegistration registration, IoEvent event) {}
}
