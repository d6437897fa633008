// What the fields of persistent volumes and of the rarer sources of volumes are for. In our own words.
export const volumes = `
io.k8s.api.core.v1
PersistentVolumeSpec: What a volume is, how it may be used and by whom. Exactly one source.
  accessModes: Ways in which it can be mounted, such as ReadWriteOnce or ReadWriteMany.
  awsElasticBlockStore: A disk of Amazon, which a CSI driver mounts.
  azureDisk: A disk of Azure, which a CSI driver mounts.
  azureFile: A share of Azure, which a CSI driver mounts.
  capacity: How much it holds, under storage.
  cephfs: No longer supported.
  cinder: A disk of OpenStack, which a CSI driver mounts.
  claimRef: The claim that has it, or for which it is kept. Set when they are bound.
  csi: Storage of a CSI driver.
  fc: A disk over Fibre Channel.
  flexVolume: A volume of an old kind of driver.
  flocker: No longer supported.
  gcePersistentDisk: A disk of Google, which a CSI driver mounts.
  glusterfs: No longer supported.
  hostPath: A directory of the node. For clusters of a single node only.
  iscsi: A disk over iSCSI.
  local: A disk or directory of one node, which nodeAffinity must name.
  mountOptions: Options of the mount, such as ro or soft. Nobody checks them before.
  nfs: A directory of an NFS server.
  nodeAffinity: The nodes that reach it. Pods that use it run only there.
  persistentVolumeReclaimPolicy: What becomes of it when its claim goes: Retain or Delete.
  photonPersistentDisk: No longer supported.
  portworxVolume: A volume of Portworx, which a CSI driver mounts.
  quobyte: No longer supported.
  rbd: No longer supported.
  scaleIO: No longer supported.
  storageClassName: The class it belongs to. Claims of that class alone may have it.
  storageos: No longer supported.
  volumeAttributesClassName: The class of attributes that it has now.
  volumeMode: Filesystem, which is the default, or Block.
  vsphereVolume: A disk of vSphere, which a CSI driver mounts.
TopologySelectorTerm: Places where volumes may be.
  matchLabelExpressions: Labels of nodes, all of which must match.
TopologySelectorLabelRequirement: A label that nodes must have.
  key: Its name, such as topology.kubernetes.io/zone.
  values: Texts one of which it must have.
SecretReference: A Secret of any namespace.
  name: Its name.
  namespace: Its namespace.
CSIPersistentVolumeSource: Storage of a CSI driver.
  controllerExpandSecretRef: Secret that the driver is given to make the storage larger.
  controllerPublishSecretRef: Secret that the driver is given to attach the storage.
  driver: Name of the driver.
  fsType: Kind of file system, such as ext4.
  nodeExpandSecretRef: Secret that the driver is given to make the file system larger.
  nodePublishSecretRef: Secret that the driver is given to mount it for a pod.
  nodeStageSecretRef: Secret that the driver is given to mount it on a node.
  readOnly: The volume cannot be written.
  volumeAttributes: What the driver wants to know, as it said when it made the storage.
  volumeHandle: What the driver calls the storage. Cannot be changed.
ISCSIVolumeSource: A disk over iSCSI.
  chapAuthDiscovery: Finding the disk needs a password.
  chapAuthSession: Using the disk needs a password.
  fsType: Kind of file system, such as ext4.
  initiatorName: Name by which the node presents itself.
  iqn: Name of the target.
  iscsiInterface: Interface of the node that is used.
  lun: Number of the disk at the target.
  portals: Other addresses of the target.
  readOnly: The volume cannot be written.
  secretRef: Secret with the passwords.
  targetPortal: Address of the target, with its port when that is not 3260.
ISCSIPersistentVolumeSource < ISCSIVolumeSource: A disk over iSCSI.
FCVolumeSource: A disk over Fibre Channel.
  fsType: Kind of file system, such as ext4.
  lun: Number of the disk at the target.
  readOnly: The volume cannot be written.
  targetWWNs: Worldwide names of the targets.
  wwids: Worldwide identifiers of the disk, in place of targets and a number.
FlexVolumeSource: A volume of an old kind of driver.
  driver: Name of the driver.
  fsType: Kind of file system, such as ext4.
  options: What the driver wants to know.
  readOnly: The volume cannot be written.
  secretRef: Secret that the driver is given.
FlexPersistentVolumeSource < FlexVolumeSource: A volume of an old kind of driver.
AWSElasticBlockStoreVolumeSource: A disk of Amazon.
  fsType: Kind of file system, such as ext4.
  partition: Number of the partition; the whole disk when absent.
  readOnly: The volume cannot be written.
  volumeID: What Amazon calls the disk.
GCEPersistentDiskVolumeSource: A disk of Google.
  fsType: Kind of file system, such as ext4.
  partition: Number of the partition; the whole disk when absent.
  pdName: Name of the disk.
  readOnly: The volume cannot be written.
AzureDiskVolumeSource: A disk of Azure.
  cachingMode: None, ReadOnly or ReadWrite.
  diskName: Name of the disk.
  diskURI: Address of the disk.
  fsType: Kind of file system, such as ext4.
  kind: Shared, Dedicated or Managed.
  readOnly: The volume cannot be written.
AzureFileVolumeSource: A share of Azure.
  readOnly: The volume cannot be written.
  secretName: Secret with the name and key of the account.
  shareName: Name of the share.
AzureFilePersistentVolumeSource < AzureFileVolumeSource: A share of Azure.
  secretNamespace: Namespace of the Secret; that of the pod when absent.
CinderVolumeSource: A disk of OpenStack.
  fsType: Kind of file system, such as ext4.
  readOnly: The volume cannot be written.
  secretRef: Secret with which OpenStack is reached.
  volumeID: What OpenStack calls the disk.
CinderPersistentVolumeSource < CinderVolumeSource: A disk of OpenStack.
PortworxVolumeSource: A volume of Portworx.
  fsType: Kind of file system, such as ext4.
  readOnly: The volume cannot be written.
  volumeID: What Portworx calls the volume.
VsphereVirtualDiskVolumeSource: A disk of vSphere.
  fsType: Kind of file system, such as ext4.
  storagePolicyID: Identifier of the storage policy.
  storagePolicyName: Name of the storage policy.
  volumePath: Where the disk is.
ClusterTrustBundleProjection: A file with certificates that are to be trusted.
  labelSelector: Which bundles of the signer. None when absent, all when empty.
  name: The one bundle, for bundles without a signer.
  optional: The pod starts even when there is no such bundle.
  path: Path of the file within the volume.
  signerName: The signer whose bundles are meant.
  user: Owner of the file. Behind a gate that is off by default.
PodCertificateProjection: A key and a certificate made for the pod, kept fresh by the node.
  certificateChainPath: File for the certificates alone.
  credentialBundlePath: File for the key and the certificates together.
  keyPath: File for the key alone.
  keyType: Kind of key, such as ED25519 or ECDSAP256.
  maxExpirationSeconds: How long a certificate may live at most.
  signerName: Who signs.
  user: Owner of the files. Behind a gate that is off by default.
  userAnnotations: What the signer is told besides.
`;
