/**
 * Exchanges synchronization packets between an ERP and Dynamics Mobile's cloud: push a packet to a
 * mobile user, pull the list of packets that mobile users sent, download each, keep it, and mark it
 * done.
 *
 * <pre>{@code
 * try (Client erp = new Client(new Config().appArea("DMDEV01").apiKey(key))) {
 *     erp.push("anna", order, PushOptions.xml().packetId("order-4711"));
 * }
 * }</pre>
 *
 * <p>{@link org.dmerp.Client} is where to begin. {@link org.dmerp.Config} has its settings, {@link
 * org.dmerp.CallOptions} those of one call, and {@link org.dmerp.DmerpException} tells what failed.
 *
 * <p>A native library does the work; it is in the jar. The client alone owns native memory and is
 * to be closed. Any object may be used by any number of threads at once.
 */
package org.dmerp;
